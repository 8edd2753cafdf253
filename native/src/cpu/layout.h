// How the cpu backend keeps its matrices. Padding is zero and stays zero.
//
// tiles   [columns / tile][rows][tile]  a matrix cut into strips of `tile` columns, as many as eight vectors of the
//                                       instruction set hold: x, the residual and W_dec. The part of a strip that the
//                                       sparse kernels work on is one run of memory that fits a cache.
// panels  [d_sae / panel][d_in][panel]  W_enc cut into panels of as many latents as two vectors hold, each transposed:
//                                       the order in which the encoder's product reads it; nothing is repacked.
//
// The gradient of W_dec takes latents in groups of 32, which are whole panels.
#pragma once

#include <cstdint>

namespace sae::cpu {

constexpr int64_t kGroup = 32;

// Static, as all that the kernel files share: a copy compiled for one instruction set must not serve another.
static constexpr int64_t blocks_of(int64_t n, int64_t block) { return (n + block - 1) / block; }

}  // namespace sae::cpu
