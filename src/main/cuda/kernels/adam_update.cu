// adam_update: one Adam update of one tensor from its stored gradient (adam.cuh has the formula).
//
//   gradient, parameter, m, v: `count` floats each, a multiple of 4; the pads of matrices stay zero.
//
// Parallel: four elements a thread, each independent. 28 bytes and about 12 FLOP an element: bound by memory.
// Training does this inside weight_gradient_adam, where the gradient never leaves the registers.

#include "templates/adam.cuh"

namespace sae {

// ---- kernel ----

constexpr int kAdamThreads = 256;

__global__ void __launch_bounds__(kAdamThreads) adam_update_kernel(GradientSink sink, size_t count) {
  const size_t offset = (static_cast<size_t>(blockIdx.x) * kAdamThreads + threadIdx.x) * 4;
  if (offset >= count) return;
  const float4 g = load4(sink.gradient + offset);
  sink.gradient = nullptr;  // update, do not store
  apply4(sink, *sink.step, offset, g);
}

// ---- launcher ----

void adam_update(const GradientSink& sink, size_t count, device::Stream stream) {
  const device::Range range("adam_update");
  const size_t blocks = (count / 4 + kAdamThreads - 1) / kAdamThreads;
  launch("adam_update", adam_update_kernel, {dim3(static_cast<unsigned>(blocks)), dim3(kAdamThreads)}, stream, sink,
         count);
}

}  // namespace sae
