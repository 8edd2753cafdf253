// bias_gradient_adam: the gradients of both biases from the parts that decode_loss and latent_gradient left, their Adam
// updates, and the loss of the batch.
//
//   db_enc[j] = sum over row groups of b_enc_partials[., j]
//   db_dec[i] = sum over row groups of b_dec_partials[., i]   (- sum over j of db_enc[j] W_enc[j, i] with pre-bias)
//   loss      = sum of loss_partials / (rows d_in)
//
// Parallel: a block of 256 threads for 32 columns; 8 threads share a column and their sums are added in order. With
// pre-bias db_dec needs all of db_enc and W_enc before its update: the two biases take two launches then.
// Bytes: row groups x (d_in + d_sae) floats, and W_enc once with pre-bias: small beside the matrix products.

#include "adam.cuh"

namespace sae {

// ---- kernels ----

constexpr int kBiasColumns = 32, kBiasGroups = 8, kBiasThreads = kBiasColumns * kBiasGroups;

// What is added up for one bias; with weights, also - sum over j of factors[j] * weights[j, column].
struct BiasTask {
  const float* partials;  // [groups, stride]
  int groups, columns, stride;
  const float* factors;   // [terms]; nullptr: none
  const float* weights;   // [terms, stride]
  int terms;
  GradientSink sink;
  float* gradient;        // [stride], written in any case; nullptr: not wanted
};

struct LossTask {
  const double* partials;  // [count]
  size_t count;
  double elements;         // rows d_in
  double* loss;
};

__device__ __forceinline__ void finish_loss(const LossTask& task) {
  double sum = 0.0;
  for (size_t i = threadIdx.x; i < task.count; i += kBiasThreads) sum += task.partials[i];
  sum = block_sum<kBiasThreads>(sum);
  if (threadIdx.x == 0) task.loss[0] = sum / task.elements;
}

// blockIdx.y picks the task; the last one is the loss.
__global__ void __launch_bounds__(kBiasThreads)
    bias_gradient_adam_kernel(BiasTask first, BiasTask second, LossTask loss, const int* __restrict__ bad_batch,
                              int number) {
  await_previous_launch();
  SHARED_ARRAY(float, sums, kBiasThreads);
  if (blockIdx.y == 2) {
    if (blockIdx.x == 0) finish_loss(loss);
    return;
  }
  if (stopped(bad_batch, number)) return;
  const BiasTask task = blockIdx.y == 0 ? first : second;
  const int lane = static_cast<int>(threadIdx.x) % kBiasColumns, group = static_cast<int>(threadIdx.x) / kBiasColumns;
  const int column = static_cast<int>(blockIdx.x) * kBiasColumns + lane;
  if (static_cast<int>(blockIdx.x) * kBiasColumns >= task.columns) return;  // the other bias is longer
  float sum = 0.0f;
  if (column < task.columns) {
    for (int g = group; g < task.groups; g += kBiasGroups) {
      sum += task.partials[static_cast<size_t>(g) * task.stride + column];
    }
    for (int j = group; j < task.terms; j += kBiasGroups) {
      sum = fmaf(-task.factors[j], task.weights[static_cast<size_t>(j) * task.stride + column], sum);
    }
  }
  sums[threadIdx.x] = sum;
  __syncthreads();
  if (group != 0 || column >= task.columns) return;
  float total = 0.0f;
  for (int g = 0; g < kBiasGroups; ++g) total += sums[g * kBiasColumns + lane];
  if (task.gradient) task.gradient[column] = total;
  apply1(task.sink, step_of(task.sink), column, total);
}

// ---- launcher ----

void bias_gradient_adam(const Shape& shape, const Weights& weights, const Batch& batch, const GradientSink& b_enc,
                        const GradientSink& b_dec, float* b_enc_gradient, double* loss, device::Stream stream) {
  const device::Range range("bias_gradient_adam");
  const BiasTask encoder = {batch.b_enc_partials, latent_row_groups(shape, batch.rows), shape.d_sae, shape.sae_stride,
                            nullptr, nullptr, 0, b_enc, b_enc_gradient};
  BiasTask decoder = {batch.b_dec_partials, decode_row_groups(shape, batch.rows), shape.d_in, shape.in_stride,
                      nullptr, nullptr, 0, b_dec, nullptr};
  const LossTask loss_task = {batch.loss_partials, decode_blocks(shape, batch.rows),
                              static_cast<double>(batch.rows) * shape.d_in, loss};
  const BiasTask nothing = {nullptr, 0, 0, 0, nullptr, nullptr, 0, b_enc, nullptr};
  const int encoder_blocks = div_up(shape.d_sae, kBiasColumns), decoder_blocks = div_up(shape.d_in, kBiasColumns);
  if (!shape.pre_bias) {
    const int blocks = encoder_blocks > decoder_blocks ? encoder_blocks : decoder_blocks;
    launch("bias_gradient_adam", bias_gradient_adam_kernel, {dim3(blocks, 3), dim3(kBiasThreads)}, stream, encoder, decoder,
           loss_task, batch.bad_batch, batch.number);
    return;
  }
  decoder.factors = b_enc_gradient;
  decoder.weights = weights.w_enc;
  decoder.terms = shape.d_sae;
  launch("bias_gradient_adam", bias_gradient_adam_kernel, {dim3(encoder_blocks, 1), dim3(kBiasThreads)}, stream, encoder,
         nothing, loss_task, batch.bad_batch, batch.number);
  launch("bias_gradient_adam", bias_gradient_adam_kernel, {dim3(decoder_blocks, 3), dim3(kBiasThreads)}, stream, decoder,
         nothing, loss_task, batch.bad_batch, batch.number);
}

}  // namespace sae
