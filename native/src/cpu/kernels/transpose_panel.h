#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

void transpose_panel(const float* in, float* out);

}  // namespace sae::cpu::SAE_ISA
