#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

void sparse_times_tile(const SparseRows& a, int64_t rows, const float* table, int64_t table_rows, int64_t entries,
                       float* out, int64_t* cursor);

}  // namespace sae::cpu::SAE_ISA
