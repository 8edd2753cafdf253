// fma_product.cuh: the fp32 product of matmul_tile.cuh, in FMAs with k ascending.
//
// Each thread owns 8 x 4 of the tile: 32 FMAs for 3 shared loads of 128 bits. A chunk is 16 k deep and stored k-major;
// 17 KB for two chunks of either matrix.
#pragma once

#include "matmul_tile.cuh"

namespace sae {

struct FmaProduct {
  static constexpr int kSlabs = 1;
  static constexpr int kStride = kTile + 4;
  static constexpr int kSlabWords = kSlabDepth * kStride;

  // v: four k, from `k`, at one row or column.
  __device__ static void store_along(float* slab, int outer, int k, float4 v) {
    float* p = slab + k * kStride + outer;
    p[0] = v.x;
    p[kStride] = v.y;
    p[2 * kStride] = v.z;
    p[3 * kStride] = v.w;
  }

  // first, second: four rows or columns, from `outer`, at k and k + 1.
  __device__ static void store_across(float* slab, int outer, int k, float4 first, float4 second) {
    store4(slab + k * kStride + outer, first);
    store4(slab + (k + 1) * kStride + outer, second);
  }

  __device__ static void multiply(const float* a_slab, const float* b_slab, Accumulator& c) {
    const float* a_column = a_slab + thread_row();
    const float* b_row = b_slab + thread_column();
#pragma unroll
    for (int k = 0; k < kSlabDepth; ++k) {
      const float4 a0 = *reinterpret_cast<const float4*>(a_column + k * kStride);
      const float4 a1 = *reinterpret_cast<const float4*>(a_column + k * kStride + 4);
      const float4 b0 = *reinterpret_cast<const float4*>(b_row + k * kStride);
      const float a_values[kThreadRows] = {a0.x, a0.y, a0.z, a0.w, a1.x, a1.y, a1.z, a1.w};
      const float b_values[kThreadColumns] = {b0.x, b0.y, b0.z, b0.w};
#pragma unroll
      for (int i = 0; i < kThreadRows; ++i) {
#pragma unroll
        for (int j = 0; j < kThreadColumns; ++j) c[i][j] = fmaf(a_values[i], b_values[j], c[i][j]);
      }
    }
  }

  // Every thread already has its own 8 x 4.
  __device__ static void settle(float*, Accumulator&) {}
};

}  // namespace sae
