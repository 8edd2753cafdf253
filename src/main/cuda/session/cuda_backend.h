// cuda_backend.h: a session on a device. Owns all device memory and one stream, and puts the kernels of kernels.cuh in
// order. The same files are the `simt` backend when they are compiled onto the fibre runtime.
//
//   data.cu       rows that sessions share         training.cu     steps, the recorded epoch
//   cuda_backend.cu   memory and state             evaluation.cu   evaluation, the calls for single kernels
#pragma once

#include <algorithm>
#include <memory>

#include "backend.h"
#include "device/memory.h"
#include "device/recording.h"
#include "device/timer.h"
#include "kernels/kernels.cuh"
#include "session/data.h"

namespace sae {

// One tensor of each parameter, laid out as the kernels want it.
struct Tensors {
  float *w_enc, *b_enc, *w_dec, *b_dec;
};

// The data set of one split, and what the session keeps beside it.
struct SplitData {
  std::shared_ptr<const DeviceData> data;
  DeviceMemory memory;
  double* row_ratio = nullptr;  // [rows]
  Recording evaluation;
};

// What an evaluation gives, in one block of memory.
struct EvaluationResult {
  std::byte* block = nullptr;
  static size_t bytes(size_t d_sae) { return sizeof(EvaluationTotals) + sizeof(int64_t) * d_sae; }
  EvaluationTotals* totals() const { return reinterpret_cast<EvaluationTotals*>(block); }
  int64_t* firing_count() const { return reinterpret_cast<int64_t*>(totals() + 1); }  // [d_sae]
};

// What the steps of a part of an epoch give and take, in one block of memory: losses and bad_batch come back to the
// host, bad_batch and what follows it go to the device.
struct EpochPart {
  std::byte* block = nullptr;
  size_t steps = 0;
  size_t bytes_out() const { return sizeof(double) * (steps + 1); }  // of losses and bad_batch
  size_t bytes_in(size_t rows) const { return sizeof(double) + sizeof(AdamStep) * steps + sizeof(int32_t) * rows; }
  size_t bytes(size_t rows) const { return sizeof(double) * steps + bytes_in(rows); }
  double* losses() const { return reinterpret_cast<double*>(block); }          // [steps]
  int* bad_batch() const { return reinterpret_cast<int*>(losses() + steps); }  // alone in the place of a double
  AdamStep* adam() const { return reinterpret_cast<AdamStep*>(losses() + steps + 1); }  // [steps]
  int32_t* order() const { return reinterpret_cast<int32_t*>(adam() + steps); }         // [rows]
};

// An epoch runs in parts of `rows` rows and a smaller rest; an epoch of usual length is one part.
struct Epoch {
  DeviceMemory memory;
  int rows = 0;  // that a part has room for
  EpochPart device, host;
  Recording part, rest;
  int rest_rows = 0;
};

class DeviceBackend final : public Backend {
 public:
  explicit DeviceBackend(const sae_config& config);
  void set_state(sae_state state, const sae_tensors& tensors) override;
  void get_state(sae_state state, const sae_tensors& tensors) override;
  void set_step(int64_t step) override { step_ = step; }
  int64_t step() override { return step_; }
  void set_data(sae_split split, std::shared_ptr<const Data> data) override;
  void train_epoch(const int32_t* order, int64_t rows, double* step_loss) override;
  void evaluate(sae_split split, sae_evaluation& out, int64_t* firing_count) override;
  void select_topk(const float* z, int64_t rows, int32_t* indices, float* values) override;
  void encode_topk(const float* x, int64_t rows, int32_t* indices, float* values) override;
  void encode_rows(const Data& data, int64_t first, int64_t rows, int32_t* indices, float* values) override;
  void decode_sparse(const int32_t* indices, const float* values, int64_t rows, float* x_hat) override;
  double gradients(const float* x, int64_t rows) override;
  void adam_update() override;
  double device_seconds() override;

 private:
  void want_scratch();
  void want_tensors(DeviceMemory& memory, Tensors& tensors);
  const Tensors& tensors_of(sae_state state);
  Weights weights() const;
  Batch batch_of(const float* x, const int32_t* order, int rows) const;
  AdamStep adam_step(int64_t t) const;
  GradientSink sink_of(float* Tensors::* tensor, float* gradient, const AdamStep* step) const;
  void launch_step(const Batch& batch, const AdamStep* step, double* loss);
  void launch_evaluation(const float* x, int64_t rows, const ColumnSums& column_sums, double* row_ratio);
  template <class Chunk>
  void for_chunks(int64_t rows, Chunk chunk) const;
  void encode_chunk(const float* x, int64_t first, int rows, int32_t* indices, float* values);
  void copy_codes_out(int64_t first, int rows, int32_t* indices, float* values);
  template <class Launches>
  void run(Recording* recording, const char* owner, Launches launches);
  void load_kernels();
  void expect_finite();
  [[noreturn]] void fail_loss(int64_t step, double loss) const;
  void make_room_for_epoch(int64_t rows);
  void launch_part(int rows);
  void train_part(const int32_t* order, int rows, double* step_loss);
  size_t in_bytes() const { return sizeof(float) * shape_.d_in; }
  size_t in_pitch() const { return sizeof(float) * shape_.in_stride; }

  const sae_config config_;
  const Shape shape_;
  const int capacity_;  // rows that the scratch of one batch holds
  const bool records_;  // whether training and evaluation are replayed as graphs
  AdamConstants adam_{};
  int64_t step_ = 0;
  KernelTimer timer_;
  device::OwnedStream stream_;
  DeviceMemory memory_, gradient_memory_;
  Tensors state_[4]{};  // by sae_state; gradients are allocated when they are first asked for
  Scratch scratch_{};
  float* staged_x_ = nullptr;        // [capacity, in_stride] rows that came from the host
  AdamStep* single_step_ = nullptr;  // of calls outside an epoch, as the next two
  double* single_loss_ = nullptr;
  int* single_bad_batch_ = nullptr;
  ColumnSums error_sums_{};
  double* abs_sum_ = nullptr;
  EvaluationResult result_, host_result_;
  SplitData splits_[2];  // by sae_split
  Epoch epoch_;
};

// Calls chunk(first, rows) for so many of the rows at a time as the scratch holds.
template <class Chunk>
void DeviceBackend::for_chunks(int64_t rows, Chunk chunk) const {
  for (int64_t first = 0; first < rows; first += capacity_) {
    chunk(first, static_cast<int>(std::min<int64_t>(rows - first, capacity_)));
  }
}

// Gives `launches` to the stream between the timer's events: as a graph, recorded now if it is empty, or one by one
// where `recording` is nullptr.
template <class Launches>
void DeviceBackend::run(Recording* recording, const char* owner, Launches launches) {
  if (recording && recording->empty()) recording->record(owner, stream_, launches);
  timer_.time(stream_, [&] {
    if (recording) {
      recording->replay(stream_);
    } else {
      launches();
    }
  });
}

}  // namespace sae
