// select_topk.cuh: what select_topk and encode_topk_cluster share: the order of keys, and the selection of one row by one
// warp that holds the whole row in registers.
//
// The k-th largest key is found bit by bit from the top, 32 counts; keys above it are selected, and of those equal to it the
// first ones.
#pragma once

#include "common.cuh"

namespace sae {

template <bool kRelu>
__device__ __forceinline__ uint32_t sort_key(float z) {
  const uint32_t bits = __float_as_uint(z), magnitude = bits & 0x7fffffffu;
  if (!kRelu) return magnitude;
  if (magnitude > 0x7f800000u) return 0xffffffffu;           // NaN
  if (magnitude == 0) return 0x80000000u;                    // both zeros
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

template <bool kRelu>
__device__ __forceinline__ float selected_value(float z) {
  return !kRelu || z > 0.0f || z != z ? z : 0.0f;            // NaN stays visible
}

template <bool kRelu>
__device__ __forceinline__ bool passes_gradient(float z) {
  return !kRelu || z > 0.0f;
}

struct SelectOutput {
  int32_t* indices;
  float* values;
  uint32_t* mask;
};

// value: lane l brings latents l, 32 + l, ..., 32 (kKeys - 1) + l of the row; those from d_sae on are ignored.
template <int kKeys, bool kRelu>
__device__ __forceinline__ void select_row(const float (&value)[kKeys], float* __restrict__ z_row, const SelectOutput& out,
                                           int row, int d_sae, int k, int sae_stride, int mask_words) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  uint32_t key[kKeys];
#pragma unroll
  for (int i = 0; i < kKeys; ++i) {
    key[i] = 32 * i + lane < d_sae ? sort_key<kRelu>(value[i]) : 0;  // least key, largest index: never selected
  }

  uint32_t kth_key = 0, need = static_cast<uint32_t>(k);      // need: how many are wanted of the keys equal to kth_key
  for (int bit = kRelu ? 31 : 30; bit >= 0; --bit) {
    const uint32_t prefix = kth_key >> bit | 1u;
    uint32_t matches = 0;
#pragma unroll
    for (int i = 0; i < kKeys; ++i) matches += key[i] >> bit == prefix;
    matches = __reduce_add_sync(kFullWarp, matches);
    if (matches >= need) {
      kth_key |= 1u << bit;
    } else {
      need -= matches;
    }
  }

  const uint32_t lower_lanes = (1u << lane) - 1u;
  uint32_t equal_before = 0;
  size_t position = static_cast<size_t>(row) * k;
#pragma unroll
  for (int i = 0; i < kKeys; ++i) {
    const int latent = 32 * i + lane;
    const uint32_t equal = __ballot_sync(kFullWarp, key[i] == kth_key);
    const uint32_t rank = equal_before + static_cast<uint32_t>(__popc(equal & lower_lanes));
    const bool selected = latent < d_sae && (key[i] > kth_key || (key[i] == kth_key && rank < need));
    const uint32_t selection = __ballot_sync(kFullWarp, selected);
    const uint32_t gradient = __ballot_sync(kFullWarp, selected && passes_gradient<kRelu>(value[i]));
    const float kept = selected ? selected_value<kRelu>(value[i]) : 0.0f;
    if (selected && out.indices) {
      out.indices[position + __popc(selection & lower_lanes)] = latent;
      out.values[position + __popc(selection & lower_lanes)] = kept;
    }
    if (latent < sae_stride) z_row[latent] = kept;
    if (lane == 0 && i < mask_words) out.mask[static_cast<size_t>(row) * mask_words + i] = gradient;
    equal_before += static_cast<uint32_t>(__popc(equal));
    position += __popc(selection);
  }
}

}  // namespace sae
