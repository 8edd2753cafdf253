// bias_gradient_adam: the tasks of bias_gradient.cuh with pre-bias, when db_dec needs all of db_enc, and W_enc before
// its update: one launch for each bias. Without it weight_gradient_adam has them at its end.

#include "templates/bias_gradient.cuh"

namespace sae {

// ---- kernel ----

__global__ void __launch_bounds__(kBiasThreads) bias_gradient_adam_kernel(BiasTasks tasks, Batch batch) {
  SHARED_ARRAY(float, sums, kBiasSums);
  run_bias_block(tasks, static_cast<int>(blockIdx.x), sums, batch);
}

// ---- launcher ----

void bias_gradient_adam(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                        const Sinks& sinks, device::Stream stream) {
  const device::Range range("bias_gradient_adam");
  BiasTasks first = bias_tasks(shape, batch, scratch, sinks), second = first;
  first.encoder.gradient = scratch.b_enc_gradient;
  first.decoder = {};
  first.loss = {};
  second.encoder = {};
  second.decoder.factors = scratch.b_enc_gradient;
  second.decoder.weights = weights.w_enc;
  second.decoder.terms = shape.d_sae;
  for (const BiasTasks& tasks : {first, second}) {
    launch("bias_gradient_adam", bias_gradient_adam_kernel, {dim3(tasks.blocks()), dim3(kBiasThreads)}, stream, tasks,
           batch);
  }
}

}  // namespace sae
