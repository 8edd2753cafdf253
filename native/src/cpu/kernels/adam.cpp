// One Adam update of n parameters, or the gradient kept for a later one: 28 bytes and about 12 FLOPs a parameter.
#include "declarations.h"

namespace sae::cpu::SAE_ISA {

void apply(const float* gradient, int64_t n, const GradientSink& sink) {
  if (sink.gradient != nullptr) {
    std::memcpy(sink.gradient, gradient, static_cast<size_t>(n) * sizeof(float));
    return;
  }
  const AdamCoefficients a = sink.adam;
  float* __restrict p = sink.parameter;
  float* __restrict m = sink.m;
  float* __restrict v = sink.v;
  const float* __restrict g = gradient;
  for (int64_t i = 0; i < n; ++i) {
    m[i] += a.one_minus_beta1 * (g[i] - m[i]);
    v[i] = a.beta2 * v[i] + a.one_minus_beta2 * (g[i] * g[i]);
    p[i] -= a.step_size * m[i] / (__builtin_sqrtf(v[i]) * a.root_scale + a.eps);
  }
}

}  // namespace sae::cpu::SAE_ISA
