// The numbers of a session that never change.
#pragma once

#include "kernels/kernels.h"
#include "layout.h"
#include "sae_native.h"

namespace sae::cpu {

struct Shape {
  Shape(const sae_config& c, const Kernels& kernels)
      : d_in(c.d_in),
        d_sae(c.d_sae),
        k(c.k),
        batch_size(c.batch_size),
        relu(c.select == SAE_SELECT_RELU),
        pre_bias(c.pre_bias != 0),
        tile(kernels.tile),
        panel(kernels.panel),
        sparse_block(kernels.sparse_block),
        tiles(blocks_of(d_in, tile)),
        groups(blocks_of(d_sae, kGroup)),
        padded_d_in(tiles * tile),
        padded_d_sae(groups * kGroup) {}

  const int64_t d_in, d_sae, k, batch_size;
  const bool relu, pre_bias;
  const int64_t tile, panel;    // columns of a tile, latents of a panel
  const int64_t sparse_block;   // columns of a block of SparseRows
  const int64_t tiles, groups;  // groups of 32 latents
  const int64_t padded_d_in, padded_d_sae;
};

}  // namespace sae::cpu
