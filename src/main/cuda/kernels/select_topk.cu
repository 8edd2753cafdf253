// select_topk: the k largest keys of each row of z, indices ascending; ties go to the smaller index.
//
//   z [rows, d_sae] -> sparse [rows, d_sae], where z was: the selected values, 0 elsewhere (the dense decoder's input);
//   indices, values [rows, k] where wanted; mask [rows, d_sae] bits: selected and its gradient passes.
//   abs: key |z|, value z.   relu: key z, value max(z, 0), no gradient where z <= 0.   +0 and -0 tie; NaN is largest.
//
// A key is 32 bits that order as the number does. The k-th largest is narrowed down by its four 8-bit digits, from the
// top: all keys that begin with the digits known so far, the bucket, are counted by their next digit in 256 bins of
// shared memory. As soon as every key of the bucket is wanted, it and all above it are selected. Only where that never
// happens do keys tie with the k-th; the first of those are selected then. Nothing is sorted, whatever k is.
//
// Parallel: a block a row, four keys a thread.
//   d_sae <= 512:  128 threads. z is read once, stays in registers, and is written once; mask, a bit a latent, besides.
//   d_sae <= 2048: the same with 512 threads.
//   larger:        512 threads, tile after tile of 2048 latents. z is read once for each digit until the bucket fits
//                  into shared memory, and once more where it is written: twice in all for up to 8192 latents, which
//                  fit at once.
// Integer atomics count the bins; their order cannot show. FLOP: none.

#include "kernels/kernels.cuh"
#include "templates/common.cuh"

namespace sae {

// ---- keys ----

template <bool kRelu>
__device__ __forceinline__ uint32_t sort_key(float z) {
  const uint32_t bits = __float_as_uint(z), magnitude = bits << 1;  // the first digit of |z| is its exponent
  if (!kRelu) return magnitude;
  if (magnitude > 0xff000000u) return 0xffffffffu;  // NaN
  if (magnitude == 0) return 0x80000000u;           // both zeros
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

template <bool kRelu>
__device__ __forceinline__ float selected_value(float z) {
  return !kRelu || z > 0.0f || z != z ? z : 0.0f;  // NaN stays visible
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
  const float* z;
  int d_sae, tiles;
  float value[kKeys];  // of the tile at hand

  __device__ __forceinline__ Row(const float* z_row, int d_sae_)
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

// The keys from `low` to low + span, which begin with the digits known so far: `need` of those `count` are selected,
// and all larger keys.
struct Bucket {
  uint32_t low, span;
  int count, need;
  __device__ __forceinline__ bool holds(uint32_t key) const { return key - low <= span; }
};

// The part of the bucket that has the next digit of the k-th largest key, from the counts of all its digits. Each warp
// finds it for itself: the same in all, without a barrier.
__device__ __forceinline__ Bucket narrow(const Bucket& bucket, const int* histogram, int shift) {
  constexpr int kLaneBins = kBins / 32;
  const int lane = static_cast<int>(threadIdx.x) % 32,
            top = kBins - 1 - kLaneBins * lane;  // lane 0 has the largest digits
  const uint4 upper = *reinterpret_cast<const uint4*>(histogram + top - 3);
  const uint4 lower = *reinterpret_cast<const uint4*>(histogram + top - 7);
  const uint32_t bins[kLaneBins] = {upper.w, upper.z, upper.y, upper.x, lower.w, lower.z, lower.y, lower.x};
  // Lanes hold neighbouring digits, the largest first: a prefix sum over lanes tells where the count of keys reaches
  // what is needed.
  int total = 0;
#pragma unroll
  for (int i = 0; i < kLaneBins; ++i) total += static_cast<int>(bins[i]);
  const int running = warp_prefix_sum(total);  // keys of this lane's digits and all larger ones

  int sum = running - total, digit = top, count = 0;  // each lane walks on while keys are missing; one of them is right
#pragma unroll
  for (int i = 0; i < kLaneBins; ++i) {
    if (sum < bucket.need) {
      digit = top - i;
      count = static_cast<int>(bins[i]);
      sum += count;
    }
  }
  // The first lane whose digits suffice has the right one: it tells all others.
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

// Counts a key of the bucket by the digit at `shift`.
__device__ __forceinline__ void count_digit(int* histogram, const Bucket& bucket, int shift, uint32_t key) {
  if (bucket.holds(key)) atomicAdd(&histogram[(key - bucket.low) >> shift], 1);
}

// Counts those of the row; where `keep`, they are appended to `kept` too, so that the row is not read again for them.
template <bool kRelu, int kThreads, bool kOneTile>
__device__ __forceinline__ void count_row(Row<kThreads, kOneTile>& row, const Bucket& bucket, int shift, int* histogram,
                                          bool keep, uint32_t* kept, int* kept_length) {
  for (int tile = 0; tile < row.tiles; ++tile) {
    if (!kOneTile) row.load(tile);
#pragma unroll
    for (int i = 0; i < kKeys; ++i) {
      const uint32_t key = sort_key<kRelu>(row.value[i]);
      const bool inside = row.latent(tile, i) < row.d_sae;
      if (inside) count_digit(histogram, bucket, shift, key);
      if (keep) append(kept, kept_length, inside && bucket.holds(key), key);
    }
  }
}

// The bucket of the k-th largest key: either all of it is wanted, or its keys are equal.
template <bool kRelu, int kThreads, bool kOneTile>
__device__ __forceinline__ Bucket find_bucket(Row<kThreads, kOneTile>& row, int k) {
  SHARED_ARRAY(int, histograms, kDigits* kBins);  // one for each digit, so that a digit takes one barrier
  SHARED_ARRAY(uint32_t, kept, kOneTile ? 1 : kMostKept);
  SHARED_ARRAY(int, kept_length, 1);
  const int thread = static_cast<int>(threadIdx.x);
#pragma unroll
  for (int i = 0; i < kDigits * kBins / kThreads; ++i) histograms[i * kThreads + thread] = 0;
  if (thread == 0) kept_length[0] = 0;
  __syncthreads();  // the bins are empty

  // Digit by digit from the top, until the whole bucket is wanted. `bucket` is the same in every thread, so that all of
  // them leave the loop together.
  Bucket bucket = {0u, 0xffffffffu, row.d_sae, k};
  int kept_keys = 0;  // not 0: the bucket's keys are among the first so many of `kept`
  int* histogram = histograms;
  for (int shift = 32 - kDigitBits; shift >= 0 && bucket.count > bucket.need; shift -= kDigitBits) {
    if (kept_keys) {
      for (int i = thread; i < kept_keys; i += kThreads) count_digit(histogram, bucket, shift, kept[i]);
    } else {
      const bool keep = !kOneTile && bucket.count <= kMostKept;
      count_row<kRelu>(row, bucket, shift, histogram, keep, kept, kept_length);
      if (keep) kept_keys = bucket.count;
    }
    __syncthreads();  // all keys are counted
    bucket = narrow(bucket, histogram, shift);
    histogram += kBins;
  }
  return bucket;
}

// ---- the selection ----

// Of a warp's keys in a tile, a bit a lane: those that are certainly selected, and those that tie for what is left.
struct Marks {
  uint32_t certain[kKeys], tied[kKeys];
};

template <bool kRelu, int kThreads, bool kOneTile>
__device__ __forceinline__ Marks mark(const Row<kThreads, kOneTile>& row, int tile, const Bucket& bucket) {
  const bool ties = bucket.count > bucket.need;
  Marks marks;
#pragma unroll
  for (int i = 0; i < kKeys; ++i) {
    const uint32_t key = sort_key<kRelu>(row.value[i]);
    const bool inside = row.latent(tile, i) < row.d_sae;
    marks.certain[i] = __ballot_sync(kFullWarp, inside && (ties ? key > bucket.low : key >= bucket.low));
    marks.tied[i] = ties ? __ballot_sync(kFullWarp, inside && key == bucket.low) : 0u;
  }
  return marks;
}

// How many latents there are of either kind.
struct Counts {
  int certain, tied;

  // Both fit into a word: a tile has at most 2048 latents.
  __device__ __forceinline__ uint32_t packed() const {
    return static_cast<uint32_t>(certain) + (static_cast<uint32_t>(tied) << 16);
  }
  __device__ __forceinline__ Counts operator+(uint32_t other) const {
    return {certain + static_cast<int>(other & 0xffffu), tied + static_cast<int>(other >> 16)};
  }
};

__device__ __forceinline__ Counts count(const Marks& marks) {
  Counts counts = {0, 0};
#pragma unroll
  for (int i = 0; i < kKeys; ++i) {
    counts.certain += __popc(marks.certain[i]);
    counts.tied += __popc(marks.tied[i]);
  }
  return counts;
}

// Packed counts of the warps before this one, and of the whole tile. `slots`, one for each warp, is not written again
// before the next barrier but one.
struct TileCounts {
  uint32_t before, all;
};
template <int kWarps>
__device__ __forceinline__ TileCounts exchange(const Counts& of_warp, uint32_t* slots) {
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  if (lane == 0) slots[warp] = of_warp.packed();
  __syncthreads();
  const uint32_t counts = lane < kWarps ? slots[lane] : 0u;
  return {__reduce_add_sync(kFullWarp, lane < warp ? counts : 0u), __reduce_add_sync(kFullWarp, counts)};
}

// Stores what became of the warp's latents in a tile; `before` of either kind come earlier in the row. A latent's place
// in the lists is the number of selected ones before it: of certain ones, and of those that tie up to need.
template <bool kRelu, int kThreads, bool kOneTile>
__device__ __forceinline__ void store_marked(const Row<kThreads, kOneTile>& row, int tile, const Marks& marks,
                                             Counts before, int need, const Shape& shape, const Batch& batch,
                                             const Scratch& scratch) {
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const uint32_t lower_lanes = (1u << lane) - 1u;
  const size_t number = blockIdx.x;
  uint32_t mask_word = 0;  // lane i keeps the warp's i-th one
#pragma unroll
  for (int i = 0; i < kKeys; ++i) {
    // Of those that tie, the first `need` are selected: the smaller index wins.
    const int latent = row.latent(tile, i), tied_before = before.tied + __popc(marks.tied[i] & lower_lanes);
    const bool selected = marks.certain[i] >> lane & 1u || (marks.tied[i] >> lane & 1u && tied_before < need);
    const float value = selected ? selected_value<kRelu>(row.value[i]) : 0.0f;
    if (selected && batch.lists) {
      const int certain_before = before.certain + __popc(marks.certain[i] & lower_lanes);
      const size_t place = number * shape.k + certain_before + (tied_before < need ? tied_before : need);
      scratch.indices[place] = latent;
      scratch.values[place] = value;
    }
    // Where z was: this thread alone has read it, and nobody reads it after this.
    if (latent < shape.sae_stride) scratch.sparse[number * shape.sae_stride + latent] = value;
    const uint32_t gradient = __ballot_sync(kFullWarp, selected && passes_gradient<kRelu>(row.value[i]));
    if (lane == i) mask_word = gradient;
    before.certain += __popc(marks.certain[i]);
    before.tied += __popc(marks.tied[i]);
  }
  const int word = (tile * (kThreads / 32) + warp) * kKeys + lane;
  if (lane < kKeys && word < shape.mask_words) scratch.mask[number * shape.mask_words + word] = mask_word;
}

// ---- kernel ----

template <int kThreads, bool kOneTile, bool kRelu>
__global__ void __launch_bounds__(kThreads) select_topk_kernel(Shape shape, Batch batch, Scratch scratch) {
  constexpr int kWarps = kThreads / 32;
  SHARED_ARRAY(uint32_t, warp_counts, 2 * kWarps);  // two of them, so that a tile takes one barrier
  Row<kThreads, kOneTile> row(scratch.z + static_cast<size_t>(blockIdx.x) * shape.sae_stride, shape.d_sae);
  const Bucket bucket = find_bucket<kRelu>(row, shape.k);
  // Warps and tiles are in the order of the latents: with the counts of those before, each thread knows the places of
  // its latents in the lists without a sort.
  Counts before = {0, 0};  // in earlier tiles
  for (int tile = 0; tile < row.tiles; ++tile) {
    if (!kOneTile) row.load(tile);
    const Marks marks = mark<kRelu>(row, tile, bucket);
    const TileCounts counts = exchange<kWarps>(count(marks), warp_counts + tile % 2 * kWarps);
    store_marked<kRelu>(row, tile, marks, before + counts.before, bucket.need, shape, batch, scratch);
    before = before + counts.all;
  }
}

// ---- launcher ----

namespace {

template <int kThreads, bool kOneTile, bool kRelu>
void launch_rows(const Shape& shape, const Batch& batch, const Scratch& scratch, device::Stream stream) {
  launch("select_topk", select_topk_kernel<kThreads, kOneTile, kRelu>, {dim3(batch.rows), dim3(kThreads)}, stream,
         shape, batch, scratch);
}

template <bool kRelu>
void launch_select(const Shape& shape, const Batch& batch, const Scratch& scratch, device::Stream stream) {
  if (shape.d_sae <= 128 * kKeys) return launch_rows<128, true, kRelu>(shape, batch, scratch, stream);
  if (shape.d_sae <= 512 * kKeys) return launch_rows<512, true, kRelu>(shape, batch, scratch, stream);
  launch_rows<512, false, kRelu>(shape, batch, scratch, stream);
}

}  // namespace

void select_topk(const Shape& shape, const Batch& batch, const Scratch& scratch, device::Stream stream) {
  const device::Range range("select_topk");
  (shape.relu ? launch_select<true> : launch_select<false>)(shape, batch, scratch, stream);
}

}  // namespace sae
