// select_topk: the k largest keys of each row of z, indices ascending; ties go to the smaller index.
//
//   z [rows, d_sae] in; in place: the selected values, 0 elsewhere (the dense decoder's input).
//   indices, values [rows, k] where wanted; mask [rows, d_sae] bits: selected and its gradient passes.
//   abs: key |z|, value z.   relu: key z, value max(z, 0), no gradient where z <= 0.   +0 and -0 tie; NaN is largest.
//
// A key is 32 bits that order as the number does. The k-th largest is narrowed down by its four 8-bit digits, from the top:
// all keys that begin with the digits known so far, the bucket, are counted by their next digit in 256 bins of shared
// memory. As soon as every key of the bucket is wanted, it and all above it are selected. Only where that never happens do
// keys tie with the k-th; the first of those are selected then. Nothing is sorted, whatever k is.
//
// Parallel: a block a row, four keys a thread.
//   d_sae <= 512:  128 threads. z is read once, stays in registers, and is written once; mask, a bit a latent, besides.
//   d_sae <= 2048: the same with 512 threads.
//   larger:        512 threads, tile after tile of 2048 latents. z is read once for each digit until the bucket fits into
//                  shared memory, and once more where it is written: twice in all for up to 8192 latents, which fit at once.
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

// ---- a row ----

constexpr int kKeys = 4;  // of a thread in a tile

// A row of z, tile by tile; the only tile of a row with d_sae <= kThreads kKeys stays in registers. A warp has 32 kKeys
// latents of a tile side by side, so that a ballot of it is a word of mask.
template <int kThreads, bool kOneTile>
struct Row {
  float* z;
  int d_sae, tiles;
  float value[kKeys];  // of the tile at hand

  __device__ __forceinline__ Row(float* z_row, int d_sae_)
      : z(z_row), d_sae(d_sae_), tiles(kOneTile ? 1 : div_up(d_sae_, kThreads * kKeys)) {
    if (kOneTile) load(0);
  }
  __device__ __forceinline__ int latent(int tile, int i) const {
    const int thread = static_cast<int>(threadIdx.x);
    return tile * kThreads * kKeys + (thread / 32 * kKeys + i) * 32 + thread % 32;
  }
  __device__ __forceinline__ void load(int tile) {
#pragma unroll
    for (int i = 0; i < kKeys; ++i) value[i] = latent(tile, i) < d_sae ? z[latent(tile, i)] : 0.0f;
  }
};

// ---- the search ----

constexpr int kDigits = 4, kDigitBits = 8, kBins = 1 << kDigitBits;
constexpr int kMostKept = 8192;  // keys of a bucket in shared memory

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

  int sum = running - total, digit = top, count = 0;  // each lane walks on while keys are missing; one of them is right
#pragma unroll
  for (int i = 0; i < kLaneBins; ++i) {
    if (sum < bucket.need) {
      digit = top - i;
      count = static_cast<int>(bins[i]);
      sum += count;
    }
  }
  const int finder = __ffs(__ballot_sync(kFullWarp, running >= bucket.need)) - 1;
  const uint32_t found = static_cast<uint32_t>(__shfl_sync(kFullWarp, digit, finder));
  return {bucket.low + (found << shift), (1u << shift) - 1u, __shfl_sync(kFullWarp, count, finder),
          __shfl_sync(kFullWarp, bucket.need - (sum - count), finder)};
}

// Appends the keys of those lanes that have one to `list`, with one atomic for the warp. Their order is never used.
__device__ __forceinline__ void append(uint32_t* list, int* length, bool has_key, uint32_t key) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const uint32_t owners = __ballot_sync(kFullWarp, has_key);
  int place = 0;
  if (lane == 0 && owners) place = atomicAdd(length, __popc(owners));
  place = __shfl_sync(kFullWarp, place, 0) + __popc(owners & ((1u << lane) - 1u));
  if (has_key) list[place] = key;
}

// The bucket of the k-th largest key: either all of it is wanted, or its keys are equal.
template <bool kRelu, int kThreads, bool kOneTile>
__device__ __forceinline__ Bucket find_bucket(Row<kThreads, kOneTile>& row, int k) {
  SHARED_ARRAY(int, histograms, kDigits * kBins);  // one for each digit, so that a digit takes one barrier
  SHARED_ARRAY(uint32_t, kept, kOneTile ? 1 : kMostKept);
  SHARED_ARRAY(int, kept_length, 1);
  const int thread = static_cast<int>(threadIdx.x);
#pragma unroll
  for (int i = 0; i < kDigits * kBins / kThreads; ++i) histograms[i * kThreads + thread] = 0;
  if (thread == 0) kept_length[0] = 0;
  __syncthreads();

  Bucket bucket = {0u, 0xffffffffu, row.d_sae, k};
  int kept_keys = 0;                               // not 0: the bucket's keys are among the first so many of `kept`
  int* histogram = histograms;
  for (int shift = 32 - kDigitBits; shift >= 0 && bucket.count > bucket.need; shift -= kDigitBits) {
    const auto count_key = [&](uint32_t key) { atomicAdd(&histogram[(key - bucket.low) >> shift], 1); };
    if (kept_keys) {
      for (int i = thread; i < kept_keys; i += kThreads) {
        if (bucket.holds(kept[i])) count_key(kept[i]);
      }
    } else {
      const bool keep = !kOneTile && bucket.count <= kMostKept;
      for (int tile = 0; tile < row.tiles; ++tile) {
        if (!kOneTile) row.load(tile);
#pragma unroll
        for (int i = 0; i < kKeys; ++i) {
          const uint32_t key = sort_key<kRelu>(row.value[i]);
          const bool held = row.latent(tile, i) < row.d_sae && bucket.holds(key);
          if (held) count_key(key);
          if (keep) append(kept, kept_length, held, key);
        }
      }
      if (keep) kept_keys = bucket.count;
    }
    __syncthreads();
    bucket = narrow(bucket, histogram, shift);
    histogram += kBins;
  }
  return bucket;
}

// ---- the selection ----

struct SelectOutput {
  int32_t* indices;
  float* values;
  uint32_t* mask;
};

// A latent's place in the lists is the number of selected ones before it: of certain ones, and of those that tie up to need.
template <bool kRelu, int kThreads, bool kOneTile>
__device__ __forceinline__ void write_selection(Row<kThreads, kOneTile>& row, const Bucket& bucket, const SelectOutput& out,
                                                size_t row_number, int k, int sae_stride, int mask_words) {
  constexpr int kWarps = kThreads / 32;
  SHARED_ARRAY(uint32_t, warp_counts, 2 * kWarps);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const uint32_t lower_lanes = (1u << lane) - 1u;
  const bool ties = bucket.count > bucket.need;
  int certain_before = 0, tied_before = 0;              // in earlier tiles
  for (int tile = 0; tile < row.tiles; ++tile) {
    if (!kOneTile) row.load(tile);
    uint32_t certain[kKeys], tied[kKeys];
    uint32_t counts = 0;                                // of the warp: certain ones, and in the upper half tied ones
#pragma unroll
    for (int i = 0; i < kKeys; ++i) {
      const uint32_t key = sort_key<kRelu>(row.value[i]);
      const bool inside = row.latent(tile, i) < row.d_sae;
      certain[i] = __ballot_sync(kFullWarp, inside && (ties ? key > bucket.low : key >= bucket.low));
      tied[i] = ties ? __ballot_sync(kFullWarp, inside && key == bucket.low) : 0u;
      counts += static_cast<uint32_t>(__popc(certain[i]) + (__popc(tied[i]) << 16));
    }
    uint32_t* tile_counts = warp_counts + tile % 2 * kWarps;  // two of them, so that a tile takes one barrier
    if (lane == 0) tile_counts[warp] = counts;
    __syncthreads();
    const uint32_t lane_counts = lane < kWarps ? tile_counts[lane] : 0u;
    const uint32_t before = __reduce_add_sync(kFullWarp, lane < warp ? lane_counts : 0u);
    const uint32_t in_tile = __reduce_add_sync(kFullWarp, lane_counts);

    int certain_rank = certain_before + static_cast<int>(before & 0xffffu);
    int tied_rank = tied_before + static_cast<int>(before >> 16);
    uint32_t mask_word = 0;                             // lane i keeps the warp's i-th one
#pragma unroll
    for (int i = 0; i < kKeys; ++i) {
      const int latent = row.latent(tile, i), rank = tied_rank + __popc(tied[i] & lower_lanes);
      const bool selected = certain[i] >> lane & 1u || (tied[i] >> lane & 1u && rank < bucket.need);
      const float value = selected ? selected_value<kRelu>(row.value[i]) : 0.0f;
      if (selected && out.indices) {
        const int tied_selected = rank < bucket.need ? rank : bucket.need;
        const size_t place = row_number * k + certain_rank + __popc(certain[i] & lower_lanes) + tied_selected;
        out.indices[place] = latent;
        out.values[place] = value;
      }
      if (latent < sae_stride) row.z[latent] = value;
      const uint32_t gradient = __ballot_sync(kFullWarp, selected && passes_gradient<kRelu>(row.value[i]));
      if (lane == i) mask_word = gradient;
      certain_rank += __popc(certain[i]);
      tied_rank += __popc(tied[i]);
    }
    const int word = (tile * kWarps + warp) * kKeys + lane;
    if (lane < kKeys && word < mask_words) out.mask[row_number * mask_words + word] = mask_word;
    certain_before += static_cast<int>(in_tile & 0xffffu);
    tied_before += static_cast<int>(in_tile >> 16);
  }
}

// ---- kernel ----

template <int kThreads, bool kOneTile, bool kRelu>
__global__ void __launch_bounds__(kThreads)
    select_topk_kernel(float* __restrict__ z, SelectOutput out, int d_sae, int k, int sae_stride, int mask_words) {
  const size_t number = blockIdx.x;
  Row<kThreads, kOneTile> row(z + number * sae_stride, d_sae);
  const Bucket bucket = find_bucket<kRelu>(row, k);
  write_selection<kRelu>(row, bucket, out, number, k, sae_stride, mask_words);
}

// ---- launcher ----

namespace {

template <int kThreads, bool kOneTile, bool kRelu>
void launch_rows(const Shape& shape, const Batch& batch, device::Stream stream) {
  const SelectOutput out = {batch.indices, batch.values, batch.mask};
  launch("select_topk", select_topk_kernel<kThreads, kOneTile, kRelu>, {dim3(batch.rows), dim3(kThreads)}, stream, batch.z,
         out, shape.d_sae, shape.k, shape.sae_stride, shape.mask_words);
}

template <bool kRelu>
void launch_select(const Shape& shape, const Batch& batch, device::Stream stream) {
  if (shape.d_sae <= 128 * kKeys) return launch_rows<128, true, kRelu>(shape, batch, stream);
  if (shape.d_sae <= 512 * kKeys) return launch_rows<512, true, kRelu>(shape, batch, stream);
  launch_rows<512, false, kRelu>(shape, batch, stream);
}

}  // namespace

void select_topk(const Shape& shape, const Batch& batch, device::Stream stream) {
  const device::Range range("select_topk");
  shape.relu ? launch_select<true>(shape, batch, stream) : launch_select<false>(shape, batch, stream);
}

}  // namespace sae
