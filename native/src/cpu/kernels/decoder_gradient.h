#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

// Wider vectors are folded to this many lanes: it costs as little as adding them up, and less memory.
constexpr int kDotLanes = kLanes < 8 ? kLanes : 8;

void decoder_gradient(const SparseRows& by_latent, int64_t first, int64_t last, const float* g, float* dots,
                      const GradientTarget& target);
void sum_dots(const float* dots, int64_t n, float* out);

}  // namespace sae::cpu::SAE_ISA
