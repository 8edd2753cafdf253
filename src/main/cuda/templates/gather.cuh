// gather.cuh: what the kernels that visit only the selected latents share: the sum over those of a row, and the list of
// rows on which one is active.
#pragma once

#include "kernels/kernels.cuh"
#include "templates/common.cuh"

namespace sae {

// Kernels that sum over latents work on slices of 128 threads x 4 columns.
constexpr int kGatherThreads = 128;
constexpr int kGatherColumns = 4 * kGatherThreads;

// Four columns of row `row` of b_dec + sum over j of values[row, j] * W_dec[indices[row, j]], j ascending. `column` is
// a multiple of 4.
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

// Lists the rows on which a latent is active, ascending, of the 32 kThreads rows from 32 first_word: list [32 kThreads]
// holds how far each lies behind the first. Returns how many there are. For all threads of a block of kThreads, a word
// each.
template <int kThreads>
__device__ __forceinline__ int list_active_rows(const Batch& batch, const Scratch& scratch, int latent, int first_word,
                                                uint16_t* list) {
  SHARED_ARRAY(int, warp_totals, kThreads / 32);
  static_assert(32 * kThreads <= 1 << 16, "a distance fits into 16 bits");
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const int words = div_up(batch.rows, 32), word = first_word + thread;
  uint32_t bits = word < words ? __ldg(scratch.active_rows + static_cast<size_t>(latent) * words + word) : 0u;
  const int running = warp_prefix_sum(__popc(bits));
  __syncthreads();  // an earlier list may still be read
  if (lane == 31) warp_totals[warp] = running;
  __syncthreads();
  int place = running - __popc(bits), total = 0;
  for (int w = 0; w < kThreads / 32; ++w) {
    if (w < warp) place += warp_totals[w];
    total += warp_totals[w];
  }
  for (; bits; bits &= bits - 1) list[place++] = static_cast<uint16_t>(32 * thread + __ffs(bits) - 1);
  __syncthreads();
  return total;
}

}  // namespace sae
