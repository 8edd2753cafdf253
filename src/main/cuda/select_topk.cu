// select_topk: the k largest keys of each row of z, indices ascending; ties go to the smaller index.
//
//   z [rows, d_sae] in; in place: the selected values, 0 elsewhere (the dense decoder's input).
//   indices, values [rows, k] where wanted; mask [rows, d_sae] bits: selected and its gradient passes.
//   abs: key |z|, value z.   relu: key z, value max(z, 0), no gradient where z <= 0.   +0 and -0 tie; NaN is largest.
//
// A key is 32 bits that order as the number does. The k-th largest is narrowed down by its four 8-bit digits, from the top:
// all keys that begin with the digits known so far, the bucket, are counted by their next digit in 256 bins of shared
// memory. As soon as every key of the bucket is wanted, it and all above it are selected. Only where that never happens do
// keys tie with the k-th; the first of those are selected then. Nothing is sorted, so any k costs the same.
//
// Parallel: a block a row, which is cut into tiles of kKeys latents a thread.
//   d_sae <= 512:  one tile, 128 threads, 4 keys a thread in registers. z is read and written once.
//   d_sae <= 2048: one tile, 256 threads, 8 keys a thread.
//   larger:        tiles of 2048. z is read once for each digit, until the bucket fits into shared memory, and once more
//                  to be written; one bit a latent of mask besides. For up to 8192 latents that is twice.
// Integer atomics count the bins; their order cannot show. FLOP: none.

#include "common.cuh"
#include "kernels.cuh"

namespace sae {

// ---- keys ----

template <bool kRelu>
__device__ __forceinline__ uint32_t sort_key(float z) {
  const uint32_t bits = __float_as_uint(z), magnitude = bits << 1;  // the first digit of |z| is its exponent
  if (!kRelu) return magnitude;
  if (magnitude > 0xff000000u) return 0xffffffffu;                  // NaN
  if (magnitude == 0) return 0x80000000u;                           // both zeros
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

template <bool kRelu>
__device__ __forceinline__ float selected_value(float z) {
  return !kRelu || z > 0.0f || z != z ? z : 0.0f;                   // NaN stays visible
}

template <bool kRelu>
__device__ __forceinline__ bool passes_gradient(float z) {
  return !kRelu || z > 0.0f;
}

// ---- the search ----

constexpr int kDigits = 4, kDigitBits = 8, kBins = 1 << kDigitBits;

// The keys from `low` to low + span, which begin with the digits known so far: `need` of those `count` are selected, and all
// larger keys.
struct Bucket {
  uint32_t low, span;
  int count, need;
  __device__ __forceinline__ bool holds(uint32_t key) const { return key - low <= span; }
};

// The part of the bucket that has the next digit of the k-th largest key, from the counts of all its digits. Each warp finds
// it for itself: the same in all, without a barrier.
__device__ __forceinline__ Bucket narrow(const Bucket& bucket, const int* histogram, int shift) {
  constexpr int kLaneBins = kBins / 32;
  const int lane = static_cast<int>(threadIdx.x) % 32, top = kBins - 1 - kLaneBins * lane;  // lane 0 has the largest digits
  const uint4 upper = *reinterpret_cast<const uint4*>(histogram + top - 3);
  const uint4 lower = *reinterpret_cast<const uint4*>(histogram + top - 7);
  const uint32_t bins[kLaneBins] = {upper.w, upper.z, upper.y, upper.x, lower.w, lower.z, lower.y, lower.x};
  int total = 0;
#pragma unroll
  for (int i = 0; i < kLaneBins; ++i) total += static_cast<int>(bins[i]);
  int running = total;  // keys of this lane's digits and all larger ones
#pragma unroll
  for (int delta = 1; delta < 32; delta *= 2) {
    const int larger = __shfl_up_sync(kFullWarp, running, delta);
    if (lane >= delta) running += larger;
  }

  int above = running - total, digit = -1, count = 0, need = 0;
#pragma unroll
  for (int i = 0; i < kLaneBins; ++i) {
    const int keys = static_cast<int>(bins[i]);
    if (above < bucket.need && bucket.need <= above + keys) {
      digit = top - i;
      count = keys;
      need = bucket.need - above;
    }
    above += keys;
  }
  const int finder = __ffs(__ballot_sync(kFullWarp, digit >= 0)) - 1;
  const uint32_t found = static_cast<uint32_t>(__shfl_sync(kFullWarp, digit, finder));
  return {bucket.low + (found << shift), (1u << shift) - 1u, __shfl_sync(kFullWarp, count, finder),
          __shfl_sync(kFullWarp, need, finder)};
}

// ---- kernel ----

struct SelectOutput {
  int32_t* indices;
  float* values;
  uint32_t* mask;
};

constexpr int kMostKept = 8192;  // keys of a bucket in shared memory

// kOneTile: d_sae <= kThreads kKeys, and the row stays in registers.
template <int kThreads, int kKeys, bool kOneTile, bool kRelu>
__global__ void __launch_bounds__(kThreads)
    select_topk_kernel(float* __restrict__ z, SelectOutput out, int d_sae, int k, int sae_stride, int mask_words) {
  constexpr int kWarps = kThreads / 32, kTileLatents = kThreads * kKeys;
  SHARED_ARRAY(int, histograms, kDigits * kBins);     // one for each digit, so that a digit costs one barrier
  SHARED_ARRAY(uint32_t, kept, kOneTile ? 1 : kMostKept);
  SHARED_ARRAY(int, kept_count, 1);
  SHARED_ARRAY(uint32_t, warp_counts, 2 * kWarps);
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const uint32_t lower_lanes = (1u << lane) - 1u;
  const size_t row = blockIdx.x;
  float* z_row = z + row * sae_stride;

  // A warp has 32 kKeys latents of a tile that lie side by side: a ballot is a word of mask.
  const int tiles = kOneTile ? 1 : div_up(d_sae, kTileLatents);
  const auto latent_of = [&](int tile, int i) { return tile * kTileLatents + (warp * kKeys + i) * 32 + lane; };
  float value[kKeys];
  const auto load = [&](int tile) {
#pragma unroll
    for (int i = 0; i < kKeys; ++i) value[i] = latent_of(tile, i) < d_sae ? z_row[latent_of(tile, i)] : 0.0f;
  };
  if (kOneTile) load(0);

  for (int bin = thread; bin < kDigits * kBins; bin += kThreads) histograms[bin] = 0;
  if (thread == 0) kept_count[0] = 0;
  __syncthreads();

  Bucket bucket = {0u, 0xffffffffu, d_sae, k};
  int kept_keys = 0;                                  // not 0: all keys of the bucket are among the first so many of kept
  int* histogram = histograms;
  for (int shift = 32 - kDigitBits; shift >= 0 && bucket.count > bucket.need; shift -= kDigitBits) {
    const auto count_key = [&](uint32_t key) { atomicAdd(&histogram[(key - bucket.low) >> shift], 1); };
    if (kept_keys) {
      for (int i = thread; i < kept_keys; i += kThreads) {
        if (bucket.holds(kept[i])) count_key(kept[i]);
      }
    } else {
      const bool keep = !kOneTile && bucket.count <= kMostKept;
      for (int tile = 0; tile < tiles; ++tile) {
        if (!kOneTile) load(tile);
#pragma unroll
        for (int i = 0; i < kKeys; ++i) {
          const uint32_t key = sort_key<kRelu>(value[i]);
          const bool held = latent_of(tile, i) < d_sae && bucket.holds(key);
          if (held) count_key(key);
          if (!keep) continue;
          const uint32_t holders = __ballot_sync(kFullWarp, held);
          int place = 0;
          if (lane == 0 && holders) place = atomicAdd(kept_count, __popc(holders));
          place = __shfl_sync(kFullWarp, place, 0) + __popc(holders & lower_lanes);
          if (held) kept[place] = key;
        }
      }
      if (keep) kept_keys = bucket.count;
    }
    __syncthreads();
    bucket = narrow(bucket, histogram, shift);
    histogram += kBins;
  }

  const bool ties = bucket.count > bucket.need;       // then its keys are equal
  int certain_before = 0, tied_before = 0;            // in earlier tiles
  for (int tile = 0; tile < tiles; ++tile) {
    if (!kOneTile) load(tile);
    uint32_t certain[kKeys], tied[kKeys];
    uint32_t counts = 0;                              // of the warp: certain ones, and in the upper half tied ones
#pragma unroll
    for (int i = 0; i < kKeys; ++i) {
      const uint32_t key = sort_key<kRelu>(value[i]);
      const bool inside = latent_of(tile, i) < d_sae;
      certain[i] = __ballot_sync(kFullWarp, inside && (ties ? key > bucket.low : key >= bucket.low));
      tied[i] = ties ? __ballot_sync(kFullWarp, inside && key == bucket.low) : 0u;
      counts += static_cast<uint32_t>(__popc(certain[i]) + (__popc(tied[i]) << 16));
    }
    uint32_t* tile_counts = warp_counts + tile % 2 * kWarps;  // two of them, so that a tile costs one barrier
    if (lane == 0) tile_counts[warp] = counts;
    __syncthreads();
    const uint32_t lane_counts = lane < kWarps ? tile_counts[lane] : 0u;
    const uint32_t before = __reduce_add_sync(kFullWarp, lane < warp ? lane_counts : 0u);
    const uint32_t in_tile = __reduce_add_sync(kFullWarp, lane_counts);

    int certain_rank = certain_before + static_cast<int>(before & 0xffffu);
    int tied_rank = tied_before + static_cast<int>(before >> 16);
    uint32_t mask_word = 0;                           // lane i keeps the warp's i-th one
#pragma unroll
    for (int i = 0; i < kKeys; ++i) {
      const int tied_of_lane = tied_rank + __popc(tied[i] & lower_lanes);
      const bool selected = certain[i] >> lane & 1u || (tied[i] >> lane & 1u && tied_of_lane < bucket.need);
      const float selection = selected ? selected_value<kRelu>(value[i]) : 0.0f;
      if (selected && out.indices) {
        const int tied_selected = tied_of_lane < bucket.need ? tied_of_lane : bucket.need;
        const size_t place = row * k + certain_rank + __popc(certain[i] & lower_lanes) + tied_selected;
        out.indices[place] = latent_of(tile, i);
        out.values[place] = selection;
      }
      if (latent_of(tile, i) < sae_stride) z_row[latent_of(tile, i)] = selection;
      const uint32_t gradient = __ballot_sync(kFullWarp, selected && passes_gradient<kRelu>(value[i]));
      if (lane == i) mask_word = gradient;
      certain_rank += __popc(certain[i]);
      tied_rank += __popc(tied[i]);
    }
    const int word = (tile * kWarps + warp) * kKeys + lane;
    if (lane < kKeys && word < mask_words) out.mask[row * mask_words + word] = mask_word;
    certain_before += static_cast<int>(in_tile & 0xffffu);
    tied_before += static_cast<int>(in_tile >> 16);
  }
}

// ---- launcher ----

namespace {

template <int kThreads, int kKeys, bool kOneTile, bool kRelu>
void launch_rows(const Shape& shape, const Batch& batch, device::Stream stream) {
  const auto select_topk = select_topk_kernel<kThreads, kKeys, kOneTile, kRelu>;
  const SelectOutput out = {batch.indices, batch.values, batch.mask};
  LAUNCH(select_topk, dim3(batch.rows), dim3(kThreads), stream, batch.z, out, shape.d_sae, shape.k, shape.sae_stride,
         shape.mask_words);
}

template <bool kRelu>
void launch_select(const Shape& shape, const Batch& batch, device::Stream stream) {
  if (shape.d_sae <= 512) return launch_rows<128, 4, true, kRelu>(shape, batch, stream);
  if (shape.d_sae <= 2048) return launch_rows<256, 8, true, kRelu>(shape, batch, stream);
  launch_rows<256, 8, false, kRelu>(shape, batch, stream);
}

}  // namespace

void select_topk(const Shape& shape, const Batch& batch, device::Stream stream) {
  const device::Range range("select_topk");
  shape.relu ? launch_select<true>(shape, batch, stream) : launch_select<false>(shape, batch, stream);
}

}  // namespace sae
