// For one tile of 128 columns and a range of latents j, over the rows r on which j is selected:
//   dW_dec[j] = sum of value[r, j] * g[r]          [128], in ascending order of rows, to its target
//   ds[r, j] += <g[r], W_dec[j]>                   one number an entry
// 4 * 128 FLOPs an entry. Both read the same row of g, so each vector loaded feeds two multiply-adds, and the tile of g
// (rows * 512 bytes) may stay in the second-level cache. W_dec[j] is read before its update.
#include "decoder_gradient.h"

#include "adam.h"

namespace sae::cpu::SAE_ISA {
namespace {

constexpr int kVectors = kLanes == 16 ? 8 : 4;  // of W_dec[j] and of its gradient held in registers
constexpr int64_t kStrip = kVectors * kLanes;
constexpr int kRows = 4;                        // whose dot products are summed up together

// The sum of a vector's parts of four lanes, by halves.
inline Vec4 fold(Vec v) {
#if defined(__AVX512F__)
  const auto half = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                    __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  const Vec half = v;
#endif
#if defined(__AVX2__)
  return __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);
#else
  return half;
#endif
}

// The sums of the lanes of four vectors.
inline Vec4 sum_lanes(Vec a, Vec b, Vec c, Vec d) {
  Vec4 sums[kRows] = {fold(a), fold(b), fold(c), fold(d)};
  transpose4(sums[0], sums[1], sums[2], sums[3]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void one_strip(const SparseRows& by_latent, int64_t latent, const float* g, const float* w, float* latent_gradient,
               float* gradient) {
  Vec weight[kVectors], sum[kVectors] = {};
#pragma GCC unroll 8
  for (int j = 0; j < kVectors; ++j) weight[j] = load(w + j * kLanes);
  int64_t entry = by_latent.start[latent];
  const int64_t end = by_latent.start[latent + 1];
  for (; entry + kRows <= end; entry += kRows) {
    Vec dot[kRows];
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) {
      const float* row = g + by_latent.column[entry + i] * kTile;
      const float value = by_latent.value[entry + i];
      dot[i] = Vec{};
#pragma GCC unroll 8
      for (int j = 0; j < kVectors; ++j) {
        const Vec x = load_once(row + j * kLanes);
        sum[j] += value * x;
        dot[i] += weight[j] * x;
      }
    }
    float* out = latent_gradient + entry;
    store4(out, load4(out) + sum_lanes(dot[0], dot[1], dot[2], dot[3]));
  }
  for (; entry < end; ++entry) {
    const float* row = g + by_latent.column[entry] * kTile;
    const float value = by_latent.value[entry];
    Vec dot = {};
#pragma GCC unroll 8
    for (int j = 0; j < kVectors; ++j) {
      const Vec x = load_once(row + j * kLanes);
      sum[j] += value * x;
      dot += weight[j] * x;
    }
    latent_gradient[entry] += sum_lanes(dot, Vec{}, Vec{}, Vec{})[0];
  }
#pragma GCC unroll 8
  for (int j = 0; j < kVectors; ++j) store(gradient + j * kLanes, sum[j]);
}

// The target of the parameters from number n on.
GradientTarget offset(const GradientTarget& t, int64_t n) {
  return {t.gradient == nullptr ? nullptr : t.gradient + n, t.parameter + n, t.m + n, t.v + n, t.adam};
}

}  // namespace

void decoder_gradient(const SparseRows& by_latent, int64_t first, int64_t last, const float* g, float* latent_gradient,
                      const GradientTarget& target) {
  for (int64_t latent = first; latent < last; ++latent) {
    alignas(64) float gradient[kTile];
    for (int64_t strip = 0; strip < kTile; strip += kStrip) {
      one_strip(by_latent, latent, g + strip, target.parameter + latent * kTile + strip, latent_gradient,
                gradient + strip);
    }
    apply(gradient, kTile, offset(target, latent * kTile));
  }
}

}  // namespace sae::cpu::SAE_ISA
