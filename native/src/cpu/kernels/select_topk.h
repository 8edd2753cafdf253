#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

void select_topk(const float* z, int64_t n, int64_t k, bool relu, uint32_t* keys, int32_t* indices, float* values);

}  // namespace sae::cpu::SAE_ISA
