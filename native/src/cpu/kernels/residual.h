#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

double residual(float* x_hat, const float* x, int64_t rows, float scale, float* column_sum);

}  // namespace sae::cpu::SAE_ISA
