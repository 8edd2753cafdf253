// The numbers of a session that never change.
#pragma once

#include "layout.h"
#include "sae_native.h"

namespace sae::cpu {

struct Shape {
  explicit Shape(const sae_config& c)
      : d_in(c.d_in),
        d_sae(c.d_sae),
        k(c.k),
        batch_size(c.batch_size),
        relu(c.select == SAE_SELECT_RELU),
        pre_bias(c.pre_bias != 0),
        tiles(blocks_of(d_in, kTile)),
        groups(blocks_of(d_sae, kGroup)),
        padded_d_in(tiles * kTile),
        padded_d_sae(groups * kGroup) {}

  const int64_t d_in, d_sae, k, batch_size;
  const bool relu, pre_bias;
  const int64_t tiles, groups;               // of 128 columns, of 32 latents
  const int64_t padded_d_in, padded_d_sae;
};

}  // namespace sae::cpu
