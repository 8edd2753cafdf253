// bias_gradient.cuh: the gradients of both biases from the parts that decode_loss and latent_gradient left, their Adam
// updates, and the loss of the batch; as blocks of 256 threads, which any launch may have beside its own.
//
//   db_enc[j] = sum over row groups of b_enc_partials[., j]
//   db_dec[i] = sum over row groups of b_dec_partials[., i]   (- sum over j of db_enc[j] W_enc[j, i] with pre-bias)
//   loss      = sum of loss_partials / (rows d_in)
//
// Parallel: a block for 128 columns, four a thread; 8 threads share them and their sums are added in order. A block for
// the loss. Bytes: row groups x (d_in + d_sae) floats, and W_enc once with pre-bias: small beside the matrix products.
#pragma once

#include "templates/adam.cuh"
#include "templates/batch.cuh"

namespace sae {

constexpr int kBiasThreads = 256, kBiasGroups = 8, kBiasColumns = 4 * kBiasThreads / kBiasGroups;
constexpr int kBiasSums = 4 * kBiasThreads;  // floats of shared memory that a block needs

// What is added up for one bias; with weights, also - sum over j of factors[j] * weights[j, column].
struct BiasTask {
  const float* partials;  // [groups, stride]
  int groups, stride;     // stride 0: there is no such task
  GradientSink sink;
  float* gradient = nullptr;       // [stride], written in any case; nullptr: not wanted
  const float* factors = nullptr;  // [terms]
  const float* weights = nullptr;  // [terms, stride]
  int terms = 0;

  __host__ __device__ int blocks() const { return div_up(stride, kBiasColumns); }
};

struct LossTask {
  const double* partials;  // [count]
  size_t count;
  double elements;  // rows d_in
  double* loss;     // nullptr: there is no such task
};

struct BiasTasks {
  BiasTask encoder, decoder;
  LossTask loss;

  __host__ __device__ int blocks() const { return encoder.blocks() + decoder.blocks() + (loss.loss ? 1 : 0); }
};

inline BiasTasks bias_tasks(const Shape& shape, const Batch& batch, const Scratch& scratch, const Sinks& sinks) {
  const double elements = static_cast<double>(batch.rows) * shape.d_in;
  return {{scratch.b_enc_partials, latent_row_groups(shape, batch.rows), shape.sae_stride, sinks.b_enc},
          {scratch.b_dec_partials, decode_row_groups(shape, batch.rows), shape.in_stride, sinks.b_dec},
          {scratch.loss_partials, decode_blocks(shape, batch.rows), elements, sinks.loss}};
}

__device__ __forceinline__ void finish_bias(const BiasTask& task, int block, float* sums) {
  constexpr int kLanes = kBiasThreads / kBiasGroups;
  const int lane = static_cast<int>(threadIdx.x) % kLanes, group = static_cast<int>(threadIdx.x) / kLanes;
  const int column = block * kBiasColumns + 4 * lane;
  float4 sum = zero4();
  if (column < task.stride) {
    for (int g = group; g < task.groups; g += kBiasGroups) {
      sum = add4(sum, load4(task.partials + static_cast<size_t>(g) * task.stride + column));
    }
    for (int j = group; j < task.terms; j += kBiasGroups) {
      sum = fma4(-task.factors[j], load4(task.weights + static_cast<size_t>(j) * task.stride + column), sum);
    }
  }
  store4(sums + 4 * threadIdx.x, sum);
  __syncthreads();
  if (group != 0 || column >= task.stride) return;
  float4 total = zero4();
  for (int g = 0; g < kBiasGroups; ++g) {
    total = add4(total, *reinterpret_cast<const float4*>(sums + 4 * (g * kLanes + lane)));
  }
  if (task.gradient) store4(task.gradient + column, total);
  apply4(task.sink, step_of(task.sink), column, total);
}

__device__ __forceinline__ void finish_loss(const LossTask& task) {
  double sum = 0.0;
  for (size_t i = threadIdx.x; i < task.count; i += kBiasThreads) sum += task.partials[i];
  sum = block_sum<kBiasThreads>(sum);
  if (threadIdx.x == 0) task.loss[0] = sum / task.elements;
}

// Block 0 .. tasks.blocks() - 1 of them. sums [kBiasSums] in shared memory.
__device__ __forceinline__ void run_bias_block(const BiasTasks& tasks, int block, float* sums, const Batch& batch) {
  const int of_encoder = tasks.encoder.blocks(), of_both = of_encoder + tasks.decoder.blocks();
  if (block >= of_both) return finish_loss(tasks.loss);
  if (stopped(batch)) return;
  const bool encoder = block < of_encoder;
  const BiasTask task = encoder ? tasks.encoder : tasks.decoder;
  finish_bias(task, encoder ? block : block - of_encoder, sums);
}

}  // namespace sae
