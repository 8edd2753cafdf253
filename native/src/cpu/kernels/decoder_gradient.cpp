// For one tile and a group of latents j, over the rows r on which j is selected:
//   dW_dec[j] = sum of value[r, j] * g[r]          [tile], to its target
//   ds[r, j] += <g[r], W_dec[j]>                   one number an entry
// 4 * tile FLOPs an entry. Both read the same row of g, so each vector loaded feeds two multiply-adds. W_dec[j] is read
// before its update.
//
// The sums of a strip of columns and W_dec[j]'s part of it stay in registers; where these are few the strip is half a tile,
// and entries alternate between two sets of sums, so that no sum waits for its own last multiply-add. A dot product is
// left as lanes in memory: adding them up for every tile would cost about as much as a strip's multiply-adds. g is walked in
// blocks of rows that stay in the first-level cache while all latents of the group pass over them; with AVX-512 the second
// level is read as fast as a row is used, and there is one block.
#include "decoder_gradient.h"

#include "adam.h"

namespace sae::cpu::SAE_ISA {
namespace {

constexpr int kStripVectors = kLanes == 16 ? 8 : 4;
constexpr int64_t kStrip = kStripVectors * kLanes;
constexpr int kSets = 8 / kStripVectors;
constexpr int64_t kRowsInCache = kLanes == 16 ? INT64_MAX : 128;

// A dot product of one strip is added to the lanes at `part`: begun with them, or where they are fewer than a vector's,
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

// The entries of one latent in one strip of a block of rows, from `entry` on; returns where they end.
int64_t add_entries(SparseRows by_latent, int64_t entry, int64_t end, int64_t row_end, const float* g,
                    const float* w, float* dots, float* gradient) {
  Vec weight[kStripVectors], sum[kSets][kStripVectors] = {};
#pragma GCC unroll 8
  for (int j = 0; j < kStripVectors; ++j) weight[j] = load(w + j * kLanes);
  const auto add = [&](int64_t i, Vec* set) __attribute__((always_inline)) {
    const float* row = g + by_latent.column[i] * kTile;
    const float value = by_latent.value[i];
    float* part = dots + i * kDotLanes;
    Vec dot = begin_dot(part);
#pragma GCC unroll 8
    for (int j = 0; j < kStripVectors; ++j) {
      const Vec x = load_once(row + j * kLanes);
      set[j] += value * x;
      dot += weight[j] * x;
    }
    end_dot(part, dot);
  };
  for (; entry + kSets <= end && by_latent.column[entry + kSets - 1] < row_end; entry += kSets) {
#pragma GCC unroll 2
    for (int set = 0; set < kSets; ++set) add(entry + set, sum[set]);
  }
  for (; entry < end && by_latent.column[entry] < row_end; ++entry) add(entry, sum[0]);
#pragma GCC unroll 8
  for (int j = 0; j < kStripVectors; ++j) {
    Vec total = sum[0][j];
    if (kSets == 2) total += sum[kSets - 1][j];
    store(gradient + j * kLanes, load(gradient + j * kLanes) + total);
  }
  return entry;
}

// The target of the parameters from number n on.
GradientTarget offset(const GradientTarget& t, int64_t n) {
  return {t.gradient == nullptr ? nullptr : t.gradient + n, t.parameter + n, t.m + n, t.v + n, t.adam};
}

}  // namespace

void decoder_gradient(const SparseRows& by_latent, int64_t first, int64_t last, const float* g, int64_t rows, float* dots,
                      const GradientTarget& target) {
  alignas(64) float gradient[kGroup][kTile] = {};
  int64_t cursor[kGroup];
  for (int64_t latent = first; latent < last; ++latent) cursor[latent - first] = by_latent.start[latent];
  float* const dots_of_entry_0 = dots - by_latent.start[first] * kDotLanes;
  for (int64_t row = 0; row < rows;) {
    const int64_t row_end = rows - row < kRowsInCache ? rows : row + kRowsInCache;
    for (int64_t latent = first; latent < last; ++latent) {
      const int64_t entry = cursor[latent - first], end = by_latent.start[latent + 1];
      if (entry == end || by_latent.column[entry] >= row_end) continue;
      for (int64_t strip = 0; strip < kTile; strip += kStrip) {
        cursor[latent - first] = add_entries(by_latent, entry, end, row_end, g + strip,
                                             target.parameter + latent * kTile + strip, dots_of_entry_0,
                                             gradient[latent - first] + strip);
      }
    }
    row = row_end;
  }
  apply(gradient[0], (last - first) * kTile, offset(target, first * kTile));
}

void sum_dots(const float* dots, int64_t n, float* out) {
  for (int64_t i = 0; i < n; ++i) {
    float sum = 0;
    for (int lane = 0; lane < kDotLanes; ++lane) sum += dots[i * kDotLanes + lane];
    out[i] = sum;
  }
}

}  // namespace sae::cpu::SAE_ISA
