// gather.cuh: the sum over a row's selected latents, for the kernels that visit only those.
#pragma once

#include "common.cuh"

namespace sae {

// Four columns of b_dec + sum over j of values[j] * W_dec[indices[j]], j ascending. `column` is a multiple of 4.
__device__ __forceinline__ float4 decode_columns(const int32_t* indices, const float* values, int k, const float* w_dec,
                                                 const float* b_dec, int in_stride, int column) {
  float4 sum = zero4();
#pragma unroll 4
  for (int j = 0; j < k; ++j) {
    sum = fma4(values[j], load4(w_dec + static_cast<size_t>(indices[j]) * in_stride + column), sum);
  }
  return add4(sum, load4(b_dec + column));
}

// Gather kernels work on slices of 128 threads x 4 columns.
constexpr int kGatherThreads = 128;
constexpr int kGatherColumns = 4 * kGatherThreads;

}  // namespace sae
