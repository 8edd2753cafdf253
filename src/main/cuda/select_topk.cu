// select_topk: the k largest keys of each row of z, indices ascending; ties go to the smaller index.
//
//   z [rows, d_sae] in; in place: the selected values, 0 elsewhere (the dense decoder's input).
//   indices, values [rows, k] where wanted; mask [rows, d_sae] bits: selected and its gradient passes.
//   abs: key |z|, value z.   relu: key z, value max(z, 0), no gradient where z <= 0.   +0 and -0 tie; NaN is largest.
//
// A key is 32 bits that order as the number does. The k-th largest key is found digit by digit from the top; keys above
// it are selected, and of those equal to it the first ones. Nothing is sorted, so any k costs the same.
//   d_sae <= 1024: one warp a row, keys in registers, one bit a step (32 counts). z is read and written once.
//   larger:        one block of 512 threads a row, histograms of 11, 11 and 10 bits in shared memory, then one pass
//                  that writes in order. z is read 4 times (from L2 after the first) and written once.
// Integer atomics count the histograms; their order cannot show. FLOP: none.

#include "kernels.cuh"
#include "select_topk.cuh"

namespace sae {

// ---- kernels ----

constexpr int kSelectWarps = 2;

// kKeys keys a lane: rows of up to 32 kKeys latents.
template <int kKeys, bool kRelu>
__global__ void __launch_bounds__(kSelectWarps * 32)
    select_topk_warp_kernel(float* __restrict__ z, SelectOutput out, int rows, int d_sae, int k, int sae_stride,
                            int mask_words) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int row = static_cast<int>(blockIdx.x) * kSelectWarps + static_cast<int>(threadIdx.x) / 32;
  if (row >= rows) return;
  float* z_row = z + static_cast<size_t>(row) * sae_stride;

  float value[kKeys];
#pragma unroll
  for (int i = 0; i < kKeys; ++i) value[i] = 32 * i + lane < d_sae ? z_row[32 * i + lane] : 0.0f;
  select_row<kKeys, kRelu>(value, z_row, out, row, d_sae, k, sae_stride, mask_words);
}

constexpr int kSelectThreads = 512;
constexpr int kDigitBits = 11, kBins = 1 << kDigitBits;

// The digit of the need-th largest key of a histogram, by one warp from the top. `above` receives how many keys lie in
// larger digits.
__device__ __forceinline__ int find_digit(const int* histogram, int bins, int need, int& above) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  above = 0;
  for (int top = bins - 1; top >= 0; top -= 32) {
    const int count = histogram[top - lane];
    const int total = static_cast<int>(__reduce_add_sync(kFullWarp, static_cast<uint32_t>(count)));
    if (above + total < need) {
      above += total;
      continue;
    }
    int running = count;  // of this lane's digit and all larger ones in this group
#pragma unroll
    for (int delta = 1; delta < 32; delta *= 2) {
      const int larger = __shfl_up_sync(kFullWarp, running, delta);
      if (lane >= delta) running += larger;
    }
    const int first = __ffs(__ballot_sync(kFullWarp, above + running >= need)) - 1;
    above += __shfl_sync(kFullWarp, running - count, first);
    return top - first;
  }
  return 0;  // not reached: a row has at least `need` keys
}

template <bool kRelu>
__global__ void __launch_bounds__(kSelectThreads)
    select_topk_block_kernel(float* __restrict__ z, SelectOutput out, int d_sae, int k, int sae_stride, int mask_words) {
  SHARED_ARRAY(int, histogram, kBins);
  SHARED_ARRAY(int, found, 2);                        // digit, need
  SHARED_ARRAY(int, warp_counts, 2 * kSelectThreads / 32);
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const size_t row = blockIdx.x;
  float* z_row = z + row * sae_stride;

  uint32_t kth_key = 0;
  int need = k;
  for (int shift = 32 - kDigitBits, bits = kDigitBits; bits > 0;) {
    for (int bin = thread; bin < kBins; bin += kSelectThreads) histogram[bin] = 0;
    __syncthreads();
    for (int latent = thread; latent < d_sae; latent += kSelectThreads) {
      const uint64_t key = sort_key<kRelu>(z_row[latent]);  // 64 bits: shifted by 32 in the first pass
      if (key >> (shift + bits) == kth_key) atomicAdd(&histogram[key >> shift & ((1u << bits) - 1u)], 1);
    }
    __syncthreads();
    if (warp == 0) {
      int above;
      const int digit = find_digit(histogram, 1 << bits, need, above);
      if (lane == 0) {
        found[0] = digit;
        found[1] = need - above;
      }
    }
    __syncthreads();
    kth_key = kth_key << bits | static_cast<uint32_t>(found[0]);
    need = found[1];
    bits = shift < kDigitBits ? shift : kDigitBits;
    shift -= bits;
  }

  const uint32_t lower_lanes = (1u << lane) - 1u;
  int greater_before = 0, equal_before = 0;           // in earlier columns
  for (int first = 0; first < sae_stride; first += kSelectThreads) {
    const int latent = first + thread;
    const float value = latent < d_sae ? z_row[latent] : 0.0f;
    const uint32_t key = sort_key<kRelu>(value);
    const uint32_t greater = __ballot_sync(kFullWarp, latent < d_sae && key > kth_key);
    const uint32_t equal = __ballot_sync(kFullWarp, latent < d_sae && key == kth_key);
    if (lane == 0) {
      warp_counts[2 * warp] = __popc(greater);
      warp_counts[2 * warp + 1] = __popc(equal);
    }
    __syncthreads();
    int greater_rank = greater_before + __popc(greater & lower_lanes);
    int equal_rank = equal_before + __popc(equal & lower_lanes);
    for (int w = 0; w < kSelectThreads / 32; ++w) {
      if (w < warp) {
        greater_rank += warp_counts[2 * w];
        equal_rank += warp_counts[2 * w + 1];
      }
      greater_before += warp_counts[2 * w];
      equal_before += warp_counts[2 * w + 1];
    }
    const bool selected = greater >> lane & 1u || (equal >> lane & 1u && equal_rank < need);
    const uint32_t gradient = __ballot_sync(kFullWarp, selected && passes_gradient<kRelu>(value));
    const float kept = selected ? selected_value<kRelu>(value) : 0.0f;
    if (selected && out.indices) {
      const size_t position = row * k + greater_rank + (equal_rank < need ? equal_rank : need);
      out.indices[position] = latent;
      out.values[position] = kept;
    }
    if (latent < sae_stride) z_row[latent] = kept;
    if (lane == 0 && latent / 32 < mask_words) out.mask[row * mask_words + latent / 32] = gradient;
    __syncthreads();
  }
}

// ---- launcher ----

namespace {

template <int kKeys, bool kRelu>
void launch_warps(const Shape& shape, const Batch& batch, const SelectOutput& out, device::Stream stream) {
  const auto select_topk_warp = select_topk_warp_kernel<kKeys, kRelu>;
  LAUNCH(select_topk_warp, dim3(div_up(batch.rows, kSelectWarps)), dim3(kSelectWarps * 32), stream, batch.z, out,
         batch.rows, shape.d_sae, shape.k, shape.sae_stride, shape.mask_words);
}

template <bool kRelu>
void launch_select(const Shape& shape, const Batch& batch, device::Stream stream) {
  const SelectOutput out = {batch.indices, batch.values, batch.mask};
  if (shape.d_sae <= 512) return launch_warps<16, kRelu>(shape, batch, out, stream);
  if (shape.d_sae <= 1024) return launch_warps<32, kRelu>(shape, batch, out, stream);
  const auto select_topk_block = select_topk_block_kernel<kRelu>;
  LAUNCH(select_topk_block, dim3(batch.rows), dim3(kSelectThreads), stream, batch.z, out, shape.d_sae, shape.k,
         shape.sae_stride, shape.mask_words);
}

}  // namespace

void select_topk(const Shape& shape, const Batch& batch, device::Stream stream) {
  const device::Range range("select_topk");
  shape.relu ? launch_select<true>(shape, batch, stream) : launch_select<false>(shape, batch, stream);
}

}  // namespace sae
