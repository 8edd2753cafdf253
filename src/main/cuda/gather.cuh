// gather.cuh: the sum over a row's selected latents, for the kernels that visit only those.
#pragma once

#include "common.cuh"
#include "kernels.cuh"

namespace sae {

// Four columns of row `row` of b_dec + sum over j of values[row, j] * W_dec[indices[row, j]], j ascending. `column` is a
// multiple of 4.
__device__ __forceinline__ float4 decode_columns(const Shape& shape, const Weights& weights, const Scratch& scratch,
                                                 size_t row, int column) {
  const int32_t* indices = scratch.indices + row * shape.k;
  const float* values = scratch.values + row * shape.k;
  float4 sum = zero4();
#pragma unroll 4
  for (int j = 0; j < shape.k; ++j) {
    const size_t latent = __ldg(indices + j);
    sum = fma4(__ldg(values + j), load4(weights.w_dec + latent * shape.in_stride + column), sum);
  }
  return add4(sum, load4(weights.b_dec + column));
}

// Calls visit(row) for every row on which the latent is active, ascending, whose word of active_rows is one of begin,
// begin + step, ...
template <class Visit>
__device__ __forceinline__ void for_active_rows(const Batch& batch, const Scratch& scratch, int latent, int begin, int step,
                                                Visit visit) {
  const int words = div_up(batch.rows, 32);
  for (int word = begin; word < words; word += step) {
    uint32_t bits = __ldg(scratch.active_rows + static_cast<size_t>(latent) * words + word);
    for (; bits; bits &= bits - 1) visit(32 * word + __ffs(bits) - 1);
  }
}

// Gather kernels work on slices of 128 threads x 4 columns.
constexpr int kGatherThreads = 128;
constexpr int kGatherColumns = 4 * kGatherThreads;

}  // namespace sae
