#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

void sparse_times_tile(const SparseRows& a, int64_t rows, int64_t entries, const float* table, float* out);

}  // namespace sae::cpu::SAE_ISA
