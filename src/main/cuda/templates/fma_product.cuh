// fma_product.cuh: the fp32 product of matmul_tile.cuh, in FMAs.
//
// Chunks of 16 k. A thread sums 8 x 8 of its group's tile, k ascending: for each four k 256 FMAs and 16 shared loads of
// 128 bits. Four groups of 64 threads, or two of 128 for a wide tile.
#pragma once

#include "templates/matmul_tile.cuh"

namespace sae {

template <int kColumns>
struct FmaProduct : Tile<kColumns, 64, 16, 1> {
  using Base = Tile<kColumns, 64, 16, 1>;
  using Base::kDepth;
  using Base::kGroupThreads;
  using Base::place_of_sum;
  using Sums = float[8][8];

  // Where four k of a row lie, rows of 16: those of 8 neighbouring rows fill the 32 banks.
  __device__ static int along(int row, int quad) { return row * kDepth + 4 * (quad ^ (row >> 1 & 3)); }
  // Where four columns of a k lie.
  template <int kOuter>
  __device__ static int across(int k, int quad) {
    return k * kOuter + 4 * quad;
  }

  // Matrices along k are loaded four k at a time, those across it one: no more numbers wait in registers than must, of
  // which the weight kernel, two blocks at once, has half as many as the others.
  template <class A, class B>
  __device__ static void multiply(const float* a_chunk, const float* b_chunk, Sums& c) {
#pragma unroll
    for (int quad = 0; quad < kDepth / 4; ++quad) {
      float a[4][8], b[4][8];
      if constexpr (A::kAlong) load_along<kRowPlaces>(a_chunk, row_place(), quad, a);
      if constexpr (B::kAlong) load_along<kColumnPlaces>(b_chunk, column_place(), quad, b);
#pragma unroll
      for (int k = 0; k < 4; ++k) {
        if constexpr (!A::kAlong) load_across<kRowPlaces>(a_chunk, row_place(), 4 * quad + k, a[k]);
        if constexpr (!B::kAlong) load_across<kColumnPlaces>(b_chunk, column_place(), 4 * quad + k, b[k]);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
#pragma unroll
          for (int j = 0; j < 8; ++j) c[i][j] = fmaf(a[k][i], b[k][j], c[i][j]);
        }
      }
    }
  }

  template <class A, class B>
  __device__ static void store(const Sums& c, float* sums) {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const int row = A::template row_of<kRowPlaces>(row_place(), i);
      if constexpr (B::kAlong) {
#pragma unroll
        for (int j = 0; j < 8; ++j)
          sums[place_of_sum(row, B::template row_of<kColumnPlaces>(column_place(), j))] = c[i][j];
      } else {
#pragma unroll
        for (int j = 0; j < 8; j += 4) {
          store4(sums + place_of_sum(row, B::template row_of<kColumnPlaces>(column_place(), j)),
                 make_float4(c[i][j], c[i][j + 1], c[i][j + 2], c[i][j + 3]));
        }
      }
    }
  }

 private:
  static constexpr int kRowPlaces = kTile / 8, kColumnPlaces = kColumns / 8;

  // The thread's place among those of its group. Lanes whose numbers differ in the lowest bit have the same rows, in
  // the next bit the same columns: whichever matrix a warp loads from, pairs of neighbours ask for the same 16 bytes.
  __device__ static int row_place() {
    const int t = static_cast<int>(threadIdx.x) % kGroupThreads;
    return (t >> 1 & 1) | (t >> 3 & 1) << 1 | (t >> 5 & 1) << 2;
  }
  __device__ static int column_place() {
    const int t = static_cast<int>(threadIdx.x) % kGroupThreads;
    return (t & 1) | (t >> 2 & 1) << 1 | (t >> 4 & 1) << 2 | (t >> 6) << 3;
  }

  // f[k][i]: the i-th of the thread's eight rows (columns) of a chunk, at the k-th of the four from 4 * quad.
  // Rows a multiple of 8 apart are turned alike by along(), which nvcc does not see: one address serves all.
  template <int kPlaces>
  __device__ static void load_along(const float* chunk, int place, int quad, float (&f)[4][8]) {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const float4 v = *reinterpret_cast<const float4*>(chunk + along(place, quad) + kPlaces * i * kDepth);
      f[0][i] = v.x;
      f[1][i] = v.y;
      f[2][i] = v.z;
      f[3][i] = v.w;
    }
  }
  // f[i]: the same at one k. The quad is row_of(place, i) / 4 of AcrossK, divided here and not by nvcc, which would
  // spill.
  template <int kPlaces>
  __device__ static void load_across(const float* chunk, int place, int k, float (&f)[8]) {
#pragma unroll
    for (int i = 0; i < 8; i += 4) {
      const float4 v = *reinterpret_cast<const float4*>(chunk + across<8 * kPlaces>(k, place + i / 4 * kPlaces));
      f[i] = v.x;
      f[i + 1] = v.y;
      f[i + 2] = v.z;
      f[i + 3] = v.w;
    }
  }
};

}  // namespace sae
