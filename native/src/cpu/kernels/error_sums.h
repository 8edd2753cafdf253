#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

void error_sums(const float* x_hat, const float* x, int64_t rows, const double* shift, double* deviation,
                double* deviation_squared, double* row_squares);

}  // namespace sae::cpu::SAE_ISA
