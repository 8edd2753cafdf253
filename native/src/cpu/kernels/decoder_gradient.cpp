// For one tile and a group of latents j, over the rows r on which j is selected:
//   dW_dec[j] = sum of value[r, j] * g[r]          [tile], to its sink
//   ds[r, j] += <g[r], W_dec[j]>                   one number an entry
// 4 * tile FLOPs an entry. Both read the same row of g, so each vector loaded feeds two multiply-adds. W_dec[j] is read
// before its update.
//
// The sums of a tile stay in registers, and a few entries are taken together, so that each vector of W_dec[j] loaded
// feeds one multiply-add of each. A dot product is left as lanes in memory: adding them up for every tile would cost
// about as much as its multiply-adds. g is walked in the blocks of rows that stay in the first-level cache while all
// latents of the group pass over them; with AVX-512 the second level is read as fast as a row is used, and all blocks
// are taken as one.
#include "declarations.h"

namespace sae::cpu::SAE_ISA {
namespace {

constexpr int kTogether = kLanes == 16 ? 4 : 3;  // entries: as many as registers hold their dot products and values
constexpr bool kWalksBlocks = kLanes < 16;

// A dot product is added to the lanes at `part`: begun with them, or where they are fewer than a vector's,
// folded and added.
#if defined(__AVX512F__)
typedef float Part __attribute__((vector_size(kDotLanes * sizeof(float))));
typedef float UnalignedPart __attribute__((vector_size(kDotLanes * sizeof(float)), aligned(4), may_alias));
inline Vec begin_dot(const float*) { return Vec{}; }
inline void end_dot(float* part, Vec dot) {
  const Part folded = __builtin_shufflevector(dot, dot, 0, 1, 2, 3, 4, 5, 6, 7) +
                      __builtin_shufflevector(dot, dot, 8, 9, 10, 11, 12, 13, 14, 15);
  UnalignedPart* lanes = reinterpret_cast<UnalignedPart*>(part);
  *lanes = *lanes + folded;
}
#else
inline Vec begin_dot(const float* part) { return load(part); }
inline void end_dot(float* part, Vec dot) { store(part, dot); }
#endif

// Entries entry .. entry + n - 1 of one latent.
template <int n>
__attribute__((always_inline)) inline void add(const SparseRows& by_latent, int64_t entry, const float* g,
                                               const float* w, float* dots, Vec* sum) {
  const float* row[n];
  Vec dot[n];
#pragma GCC unroll 4
  for (int i = 0; i < n; ++i) {
    row[i] = g + by_latent.offset[entry + i];
    dot[i] = begin_dot(dots + (entry + i) * kDotLanes);
  }
#pragma GCC unroll 8
  for (int j = 0; j < kTileVectors; ++j) {
    const Vec weight = load_once(w + j * kLanes);
#pragma GCC unroll 4
    for (int i = 0; i < n; ++i) {
      const Vec x = load_once(row[i] + j * kLanes);
      sum[j] += by_latent.value[entry + i] * x;
      dot[i] += weight * x;
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < n; ++i) end_dot(dots + (entry + i) * kDotLanes, dot[i]);
}

// Entries entry .. end - 1 of one latent. by_latent is a copy, of which the compiler knows that storing dots leaves it
// alone.
void add_entries(SparseRows by_latent, int64_t entry, int64_t end, const float* g, const float* w, float* dots,
                 float* gradient) {
  Vec sum[kTileVectors];
#pragma GCC unroll 8
  for (int j = 0; j < kTileVectors; ++j) sum[j] = load(gradient + j * kLanes);
  for (; entry + kTogether <= end; entry += kTogether) add<kTogether>(by_latent, entry, g, w, dots, sum);
  for (; entry < end; ++entry) add<1>(by_latent, entry, g, w, dots, sum);
#pragma GCC unroll 8
  for (int j = 0; j < kTileVectors; ++j) store(gradient + j * kLanes, sum[j]);
}

// The sink of the parameters from number n on.
GradientSink offset(const GradientSink& t, int64_t n) {
  return {t.gradient == nullptr ? nullptr : t.gradient + n, t.parameter + n, t.m + n, t.v + n, t.adam};
}

}  // namespace

void decoder_gradient(const SparseRows& by_latent, int64_t first, int64_t last, const float* g, float* dots,
                      const GradientSink& sink) {
  alignas(64) float gradient[kGroup][kTile] = {};
  float* const dots_of_entry_0 = dots - by_latent.begin[first] * kDotLanes;
  const int64_t visit = kWalksBlocks ? 1 : by_latent.blocks;
  for (int64_t block = 0; block < by_latent.blocks; block += visit) {
    const int64_t* begin = by_latent.begin + block * by_latent.stride;
    const int64_t* end = begin + visit * by_latent.stride;
    for (int64_t latent = first; latent < last; ++latent) {
      if (begin[latent] == end[latent]) continue;
      add_entries(by_latent, begin[latent], end[latent], g, sink.parameter + latent * kTile, dots_of_entry_0,
                  gradient[latent - first]);
    }
  }
  apply(gradient[0], (last - first) * kTile, offset(sink, first * kTile));
}

void sum_dots(const float* dots, int64_t n, float* out) {
  for (int64_t i = 0; i < n; ++i) {
    float sum = 0;
    for (int lane = 0; lane < kDotLanes; ++lane) sum += dots[i * kDotLanes + lane];
    out[i] = sum;
  }
}

}  // namespace sae::cpu::SAE_ISA
