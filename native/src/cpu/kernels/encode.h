#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

// Rows of x whose sums the micro-kernel holds in registers: a panel's two vectors of sums for each, within 32 registers
// with AVX-512 and 16 without.
constexpr int64_t kEncodeRowBlock = kLanes == 16 ? 8 : kLanes == 8 ? 6 : 4;
// Rows of one call, which reads W_enc once: as many as leave z, of 512 latents, and a block of x in the
// second-level cache.
constexpr int64_t kEncodeRows = kLanes == 8 ? 66 : 32;

void encode(const float* x_tiles, int64_t tile_stride, int64_t rows, int64_t padded_d_in, const float* w_enc_panels,
            const float* bias, int64_t padded_d_sae, float* z);

}  // namespace sae::cpu::SAE_ISA
