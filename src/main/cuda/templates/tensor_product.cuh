// tensor_product.cuh: the products of matmul_tile.cuh in bf16 on tensor cores, with fp32 sums.
//
//   one part  (bf16)     A B ~ hi(A) hi(B),                              hi(x) = bf16(x)
//   two parts (bf16x3)   A B ~ hi(A) hi(B) + hi(A) lo(B) + lo(A) hi(B),  lo(x) = bf16(x - hi(x))
//
// hi is within 2^-8 of x, hi + lo within 2^-16, both relative, and the product lo lo that is left out is below 2^-16 of
// A B. That holds for |x| from 2^-110, below which lo may be subnormal and hi + lo is within 2^-126, to 3.39e38, above
// which hi is infinite. Then, and where x is infinite or NaN, lo is infinite or NaN as well: the sum is not finite, nor
// is the loss, which is what is checked.
//
// Chunks of 32 k. Each warp of a group sums 32 x 32 of the tile, 2 x 4 fragments of 16 x 8; numbers are parted as they
// are loaded from shared memory. Two groups of 4 warps, or one of 8 for a wide tile. For each 16 k of two matrices
// along k: 16 shared loads of 64 bits, 16 words to part, 8 mma (bf16) or 24 (bf16x3).
#pragma once

#include "templates/matmul_tile.cuh"
#include "templates/tensor_core.cuh"

namespace sae {

template <int kParts, int kColumns>
struct TensorProduct : Tile<kColumns, 32, 32, 2> {
  using Base = Tile<kColumns, 32, 32, 2>;
  using Base::kDepth;
  using Base::place_of_sum;
  using Sums = float[8][4];  // the lane's share of fragment i % 4 in fragment row i / 4

  // Where four k of a row lie, rows of 32: the pairs of k that 4 neighbouring rows load at once fill the 32 banks.
  __device__ static int along(int row, int quad) { return row * kDepth + 4 * (quad ^ 2 * (row & 3)); }
  // Where four columns of a k lie: what 8 lanes load of two quads at four k, every second one, fills the 32 banks.
  template <int kOuter>
  __device__ static int across(int k, int quad) {
    return k * kOuter + 4 * (quad ^ (k & 6));
  }

  template <class A, class B>
  __device__ static void multiply(const float* a_chunk, const float* b_chunk, Sums& c) {
#pragma unroll(kParts)  // bf16 has less to do in a turn: two at once would take too many registers for two blocks
    for (int k0 = 0; k0 < kDepth; k0 += 16) {
      Bf16Parts a_parts, b_parts;
      load<A, kTile>(a_chunk, warp_row(), k0, a_parts);
      load<B, kColumns>(b_chunk, warp_column(), k0, b_parts);
      uint32_t a[kParts][2][4];  // words of a fragment: two rows at the first pair of k, then at the second
#pragma unroll
      for (int part = 0; part < kParts; ++part) {
#pragma unroll
        for (int i = 0; i < 8; ++i) a[part][i / 4][i % 4] = a_parts[part][i / 4 * 2 + i % 2][i % 4 / 2];
      }
      // The small products first; of those with one lo part, lo(A) hi(B) comes last.
#pragma unroll
      for (int order = kParts - 1; order >= 0; --order) {
#pragma unroll
        for (int part = 0; part <= order; ++part) {
#pragma unroll
          for (int i = 0; i < 8; ++i) mma_m16n8k16(c[i], a[part][i / 4], b_parts[order - part][i % 4]);
        }
      }
    }
  }

  template <class A, class B>
  __device__ static void store(const Sums& c, float* sums) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = warp_row() + A::template row_of<8>(g(), i);
      const float (*fragments)[4] = c + i / 2 * 4;
      const int first = i % 2 * 2;
      if constexpr (B::kAlong) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          float* p = sums + place_of_sum(row, warp_column() + B::template row_of<8>(2 * t(), j));
          *reinterpret_cast<float2*>(p) = make_float2(fragments[j][first], fragments[j][first + 1]);
        }
      } else {
#pragma unroll
        for (int n = 0; n < 2; ++n) {
          store4(sums + place_of_sum(row, warp_column() + B::template row_of<8>(2 * t() + n, 0)),
                 make_float4(fragments[0][first + n], fragments[1][first + n], fragments[2][first + n],
                             fragments[3][first + n]));
        }
      }
    }
  }

 private:
  // Of four rows (columns) of a lane, the words of both pairs of k: 2t and 2t + 8.
  using Bf16Parts = uint32_t[kParts][4][2];

  template <class Operand, int kOuter>
  __device__ static void load(const float* chunk, int first, int k0, Bf16Parts& parts) {
#pragma unroll
    for (int pair = 0; pair < 2; ++pair) {
      const int k = k0 + 8 * pair + 2 * t();
      if constexpr (Operand::kAlong) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          const float2 v = *reinterpret_cast<const float2*>(chunk + along(first + g(), k / 4) + 8 * i * kDepth + k % 4);
          store_parts(v.x, v.y, parts, i, pair);
        }
      } else {
        const int quad = first / 4 + g();
        const float4 low = *reinterpret_cast<const float4*>(chunk + across<kOuter>(k, quad));
        const float4 high = *reinterpret_cast<const float4*>(chunk + across<kOuter>(k, quad) + kOuter);
        store_parts(low.x, high.x, parts, 0, pair);
        store_parts(low.y, high.y, parts, 1, pair);
        store_parts(low.z, high.z, parts, 2, pair);
        store_parts(low.w, high.w, parts, 3, pair);
      }
    }
  }

  __device__ static void store_parts(float low, float high, Bf16Parts& parts, int i, int pair) {
    const uint32_t hi = pack_bf16(low, high);
    parts[0][i][pair] = hi;
    if constexpr (kParts == 2) parts[1][i][pair] = pack_bf16(low - low_of(hi), high - high_of(hi));
  }

  // The lane's place in a fragment, and its warp's in the tile.
  __device__ static int g() { return static_cast<int>(threadIdx.x) % 32 / 4; }
  __device__ static int t() { return static_cast<int>(threadIdx.x) % 4; }
  __device__ static int warp_row() { return static_cast<int>(threadIdx.x) / kColumns % 2 * 32; }
  __device__ static int warp_column() { return static_cast<int>(threadIdx.x) / 32 * 32 % kColumns; }
};

}  // namespace sae
