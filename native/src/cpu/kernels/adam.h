#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

void apply(const float* gradient, int64_t n, const GradientTarget& target);

}  // namespace sae::cpu::SAE_ISA
