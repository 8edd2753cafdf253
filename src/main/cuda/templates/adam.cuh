// adam.cuh: what a gradient is used for the moment it is known: an Adam update in torch's form, or to be stored.
//
//   m += (1 - beta1) (g - m);  v = beta2 v + (1 - beta2) g²;  p -= lr / (1 - beta1ᵗ) · m / (√v / √(1 - beta2ᵗ) + eps)
#pragma once

#include "kernels/kernels.cuh"
#include "templates/common.cuh"

namespace sae {

__device__ __forceinline__ void adam(const AdamConstants& constants, const AdamStep& step, float g, float& p, float& m,
                                     float& v) {
  m = fmaf(constants.one_minus_beta1, g - m, m);
  v = fmaf(constants.one_minus_beta2 * g, g, constants.beta2 * v);
  p -= step.step_size * m / fmaf(sqrtf(v), step.inverse_sqrt_bias2, constants.eps);
}

// Elements offset .. offset + 3 of what an update changes.
struct AdamState {
  float4 p, m, v;
};
__device__ __forceinline__ AdamState load_state(const GradientSink& sink, size_t offset) {
  if (sink.gradient) return AdamState{};
  return {*reinterpret_cast<const float4*>(sink.parameter + offset), *reinterpret_cast<const float4*>(sink.m + offset),
          *reinterpret_cast<const float4*>(sink.v + offset)};
}

// The gradient of elements offset .. offset + 3; their state may have been loaded before.
__device__ __forceinline__ void apply4(const GradientSink& sink, const AdamStep& step, size_t offset, float4 g,
                                       AdamState state) {
  if (sink.gradient) {
    store4(sink.gradient + offset, g);
    return;
  }
  auto& [p, m, v] = state;
  adam(sink.constants, step, g.x, p.x, m.x, v.x);
  adam(sink.constants, step, g.y, p.y, m.y, v.y);
  adam(sink.constants, step, g.z, p.z, m.z, v.z);
  adam(sink.constants, step, g.w, p.w, m.w, v.w);
  store4(sink.parameter + offset, p);
  store4(sink.m + offset, m);
  store4(sink.v + offset, v);
}
__device__ __forceinline__ void apply4(const GradientSink& sink, const AdamStep& step, size_t offset, float4 g) {
  apply4(sink, step, offset, g, load_state(sink, offset));
}

__device__ __forceinline__ AdamStep step_of(const GradientSink& sink) {
  return sink.gradient ? AdamStep{} : *sink.step;
}

}  // namespace sae
