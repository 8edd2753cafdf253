#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

void decoder_gradient(const SparseRows& by_latent, int64_t first, int64_t last, const float* g, float* latent_gradient,
                      const GradientTarget& target);

}  // namespace sae::cpu::SAE_ISA
