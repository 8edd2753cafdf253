// How the cpu backend keeps its matrices. Padding is zero and stays zero.
//
// tiles   [columns / 128][rows][128]  a matrix cut into strips of 128 columns: x, the residual and W_dec. The part of a
//                                     strip that the sparse kernels work on is one run of memory that fits a cache.
// panels  [d_sae / 32][d_in][32]      W_enc cut into groups of 32 latents, each transposed: the order in which the
//                                     encoder's matrix product reads it, so that nothing is repacked in a step.
#pragma once

#include <cstdint>

namespace sae::cpu {

constexpr int64_t kTile = 128;
constexpr int64_t kGroup = 32;

// Static, as all that the kernel files share: a copy compiled for one instruction set must not serve another.
static constexpr int64_t blocks_of(int64_t n, int64_t block) { return (n + block - 1) / block; }

}  // namespace sae::cpu
