// cuda_backend.h: a session on a device. Owns all device memory and one stream, and puts the kernels of kernels.cuh in
// order. The same files are the `simt` backend when they are compiled onto the fibre runtime.
//
//   cuda_backend.cu      memory, state and data        cuda_training.cu    steps, the recorded epoch
//   cuda_evaluation.cu   evaluation, the calls for single kernels
#pragma once

#include <vector>

#include "backend.h"
#include "device_memory.h"
#include "kernel_timer.h"
#include "kernels.cuh"

namespace sae {

// One tensor of each parameter, laid out as the kernels want it.
struct Tensors {
  float *w_enc, *b_enc, *w_dec, *b_dec;
};

// One split of the data on the device, and the sums over its columns.
struct Split {
  DeviceMemory memory;
  float* x = nullptr;
  int64_t rows = 0;
  ColumnSums column_sums{};
  double* row_ratio = nullptr;
};

// What an epoch of a certain number of rows needs.
struct Epoch {
  DeviceMemory memory;
  int rows = 0;
  int32_t* order = nullptr;
  AdamStep* steps = nullptr;
  double* losses = nullptr;
  device::Graph graph = nullptr;
};

class DeviceBackend final : public Backend {
 public:
  explicit DeviceBackend(const sae_config& config);
  ~DeviceBackend() override;
  void set_state(sae_state state, const sae_tensors& tensors) override;
  void get_state(sae_state state, const sae_tensors& tensors) override;
  void set_step(int64_t step) override { step_ = step; }
  int64_t step() override { return step_; }
  void set_data(sae_split split, const float* x, int64_t rows) override;
  void train_epoch(const int32_t* order, int64_t rows, double* step_loss) override;
  void evaluate(sae_split split, sae_evaluation& out, int64_t* firing_count) override;
  void select_topk(const float* z, int64_t rows, int32_t* indices, float* values) override;
  void encode_topk(const float* x, int64_t rows, int32_t* indices, float* values) override;
  void decode_sparse(const int32_t* indices, const float* values, int64_t rows, float* x_hat) override;
  double gradients(const float* x, int64_t rows) override;
  void adam_update() override;
  double device_seconds() override;

 private:
  void want_tensors(DeviceMemory& memory, Tensors& tensors);
  const Tensors& tensors_of(sae_state state);
  Weights weights() const;
  Batch batch_of(const float* x, const int32_t* order, int rows, bool lists) const;
  AdamStep adam_step(int64_t t) const;
  GradientSink sink_of(float* Tensors::*tensor, float* gradient, const AdamStep* step) const;
  void launch_step(const Batch& batch, const AdamStep* step, double* loss);
  void launch_evaluation(const Split& split);
  void expect_finite();
  [[noreturn]] void fail_loss(int64_t step, double loss) const;
  void prepare_epoch(int rows);
  void release_epoch();
  size_t in_bytes() const { return sizeof(float) * shape_.d_in; }
  size_t in_pitch() const { return sizeof(float) * shape_.in_stride; }

  const sae_config config_;
  const Shape shape_;
  const int capacity_;  // rows that the scratch of one batch holds
  AdamConstants adam_{};
  int64_t step_ = 0;
  KernelTimer timer_;
  device::Stream stream_;
  DeviceMemory memory_, gradient_memory_;
  Tensors state_[4]{};  // by sae_state; gradients are allocated when they are first asked for
  Batch scratch_{};
  float* staged_x_ = nullptr;  // [capacity, in_stride] rows that came from the host
  AdamStep* single_step_ = nullptr;
  double* single_loss_ = nullptr;
  float* b_enc_gradient_ = nullptr;
  ColumnSums error_sums_{};
  int64_t* firing_count_ = nullptr;
  double* abs_sum_ = nullptr;
  EvaluationTotals* totals_ = nullptr;
  Split splits_[2];
  Epoch epoch_;
};

}  // namespace sae
