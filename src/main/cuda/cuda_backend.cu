// cuda_backend: a session on a device. Owns all device memory and one stream, and puts the kernels of kernels.cuh in order.
// The same file is the `simt` backend when it is compiled onto the fibre runtime.
//
// One epoch is recorded once as a graph and replayed. What changes from epoch to epoch lies in device memory: the row
// order and Adam's bias corrections. What is the same in every epoch is fixed in the launches: which rows of the order
// and which correction a batch uses, and how many rows it has.

#include <climits>
#include <cmath>
#include <cstdio>
#include <vector>

#include "backend.h"
#include "device_memory.h"
#include "kernels.cuh"

namespace sae {
namespace {

using Content = DeviceMemory::Content;

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

 private:
  void want_tensors(DeviceMemory& memory, Tensors& tensors);
  const Tensors& tensors_of(sae_state state);
  Weights weights() const;
  Batch batch_of(const float* x, const int32_t* order, int rows, bool lists) const;
  AdamStep adam_step(int64_t t) const;
  GradientSink sink_of(float* Tensors::*tensor, float* gradient, const AdamStep* step) const;
  void launch_step(const Batch& batch, const AdamStep* step, double* loss);
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

// Rows of one launch outside training: enough to fill a GPU at the usual widths.
constexpr int kChunkRows = 512;

Shape shape_of(const sae_config& config) {
  constexpr int kMost = 1 << 30;  // beyond it strides leave the range of int
  if (config.d_in > kMost || config.d_sae > kMost || config.batch_size > kMost) {
    throw Error(SAE_ERR_MEMORY, "a session with d_in, d_sae or batch_size above " + std::to_string(kMost) +
                                    " needs more memory than any device has");
  }
  return make_shape(config.d_in, config.d_sae, config.k, config.batch_size, config.select == SAE_SELECT_RELU,
                    config.pre_bias != 0);
}

DeviceBackend::DeviceBackend(const sae_config& config)
    : config_(config),
      shape_(shape_of(config)),
      capacity_(config.batch_size > kChunkRows ? config.batch_size : kChunkRows),
      stream_(device::create_stream()) {
  adam_ = {static_cast<float>(1.0 - config.beta1), static_cast<float>(config.beta2), static_cast<float>(1.0 - config.beta2),
           static_cast<float>(config.eps)};
  const size_t in = shape_.in_stride, sae = shape_.sae_stride, rows = capacity_;
  for (const sae_state state : {SAE_PARAMETERS, SAE_ADAM_M, SAE_ADAM_V}) want_tensors(memory_, state_[state]);
  memory_.want(scratch_.z, rows * sae, Content::kAny);
  memory_.want(scratch_.dz, rows * sae, Content::kAny);
  memory_.want(scratch_.indices, rows * shape_.k, Content::kAny);
  memory_.want(scratch_.values, rows * shape_.k, Content::kAny);
  memory_.want(scratch_.mask, rows * shape_.mask_words, Content::kAny);
  if (gathers(shape_)) memory_.want(scratch_.active_rows, (rows + 31) / 32 * shape_.d_sae, Content::kAny);
  memory_.want(scratch_.residual, rows * in, Content::kAny);
  memory_.want(scratch_.inputs, rows * in, Content::kAny);
  memory_.want(scratch_.loss_partials, decode_blocks(shape_, capacity_), Content::kAny);
  memory_.want(scratch_.b_dec_partials, decode_row_groups(shape_, capacity_) * in, Content::kAny);
  memory_.want(scratch_.b_enc_partials, latent_row_groups(shape_, capacity_) * sae, Content::kAny);
  memory_.want(scratch_.split.partials, split_partials(shape_, capacity_), Content::kAny);
  memory_.want(scratch_.split.arrivals, split_tiles(shape_, capacity_), Content::kZero);
  memory_.want(scratch_.bad_batch, 1, Content::kAny);
  memory_.want(b_enc_gradient_, sae, Content::kAny);
  memory_.want(staged_x_, rows * in, Content::kZero);
  memory_.want(single_step_, 1, Content::kAny);
  memory_.want(single_loss_, 1, Content::kAny);
  for (double** sums : {&error_sums_.sum, &error_sums_.squared, &error_sums_.deviation}) {
    memory_.want(*sums, shape_.d_in, Content::kAny);
  }
  memory_.want(firing_count_, shape_.d_sae, Content::kAny);
  memory_.want(abs_sum_, shape_.d_sae, Content::kAny);
  memory_.want(totals_, 1, Content::kAny);
  try {
    memory_.allocate("a session of " + std::to_string(shape_.d_sae) + " latents, " + std::to_string(shape_.d_in) +
                         " inputs and batches of " + std::to_string(config.batch_size) + " rows",
                     stream_);
    device::synchronize(stream_);
  } catch (...) {
    device::destroy_stream(stream_);
    throw;
  }
}

DeviceBackend::~DeviceBackend() {
  release_epoch();
  device::destroy_stream(stream_);
}

void DeviceBackend::want_tensors(DeviceMemory& memory, Tensors& tensors) {
  const size_t in = shape_.in_stride, weights = in * shape_.d_sae;
  memory.want(tensors.w_enc, weights, Content::kZero);
  memory.want(tensors.b_enc, shape_.sae_stride, Content::kZero);
  memory.want(tensors.w_dec, weights, Content::kZero);
  memory.want(tensors.b_dec, in, Content::kZero);
}

const Tensors& DeviceBackend::tensors_of(sae_state state) {
  if (!state_[state].w_enc) {
    want_tensors(gradient_memory_, state_[state]);
    gradient_memory_.allocate("storing the gradients", stream_);
  }
  return state_[state];
}

Weights DeviceBackend::weights() const {
  const Tensors& p = state_[SAE_PARAMETERS];
  return {p.w_enc, p.b_enc, p.w_dec, p.b_dec};
}

// lists: whether indices and values are wanted beside the sparse rows.
Batch DeviceBackend::batch_of(const float* x, const int32_t* order, int rows, bool lists) const {
  Batch batch = scratch_;
  batch.x = x;
  batch.order = order;
  batch.rows = rows;
  if (!lists) batch.indices = nullptr;
  return batch;
}

AdamStep DeviceBackend::adam_step(int64_t t) const {
  const double bias1 = 1.0 - std::pow(config_.beta1, static_cast<double>(t));
  const double bias2 = 1.0 - std::pow(config_.beta2, static_cast<double>(t));
  return {static_cast<float>(config_.lr / bias1), static_cast<float>(1.0 / std::sqrt(bias2))};
}

GradientSink DeviceBackend::sink_of(float* Tensors::*tensor, float* gradient, const AdamStep* step) const {
  return {gradient, state_[SAE_PARAMETERS].*tensor, state_[SAE_ADAM_M].*tensor, state_[SAE_ADAM_V].*tensor, adam_, step};
}

// ---- state and data ----

void DeviceBackend::set_state(sae_state state, const sae_tensors& tensors) {
  const Tensors& to = tensors_of(state);
  device::copy_rows_in(to.w_enc, in_pitch(), tensors.w_enc, in_bytes(), shape_.d_sae, stream_);
  device::copy_rows_in(to.w_dec, in_pitch(), tensors.w_dec, in_bytes(), shape_.d_sae, stream_);
  device::copy_in(to.b_enc, tensors.b_enc, sizeof(float) * shape_.d_sae, stream_);
  device::copy_in(to.b_dec, tensors.b_dec, in_bytes(), stream_);
  device::synchronize(stream_);
}

void DeviceBackend::get_state(sae_state state, const sae_tensors& tensors) {
  const Tensors& from = tensors_of(state);
  device::copy_rows_out(tensors.w_enc, from.w_enc, in_pitch(), in_bytes(), shape_.d_sae, stream_);
  device::copy_rows_out(tensors.w_dec, from.w_dec, in_pitch(), in_bytes(), shape_.d_sae, stream_);
  device::copy_out(tensors.b_enc, from.b_enc, sizeof(float) * shape_.d_sae, stream_);
  device::copy_out(tensors.b_dec, from.b_dec, in_bytes(), stream_);
}

void DeviceBackend::set_data(sae_split which, const float* x, int64_t rows) {
  if (rows > INT_MAX) throw Error(SAE_ERR_INVALID, "a split holds at most 2147483647 rows");
  if (which == SAE_TRAIN) release_epoch();  // the recorded epoch reads the old rows
  Split& split = splits_[which];
  split.memory.release();
  split.rows = 0;
  split.memory.want(split.x, static_cast<size_t>(rows) * shape_.in_stride, Content::kZero);
  split.memory.want(split.row_ratio, rows, Content::kAny);
  for (double** sums : {&split.column_sums.sum, &split.column_sums.squared, &split.column_sums.deviation}) {
    split.memory.want(*sums, shape_.d_in, Content::kZero);
  }
  split.memory.allocate("the data", stream_);
  device::copy_rows_in(split.x, in_pitch(), x, in_bytes(), rows, stream_);
  if (rows > 0) {
    add_columns(split.x, nullptr, static_cast<int>(rows), shape_.d_in, shape_.in_stride, 0, split.column_sums, stream_);
  }
  device::synchronize(stream_);
  split.rows = rows;
}

// ---- training ----

// Without a step the gradients are stored and nothing is updated.
void DeviceBackend::launch_step(const Batch& batch, const AdamStep* step, double* loss) {
  const Weights w = weights();
  const auto sink = [&](float* Tensors::*tensor) {
    return sink_of(tensor, step ? nullptr : tensors_of(SAE_GRADIENTS).*tensor, step);
  };
  sae::encode_topk(shape_, w, batch, stream_);
  decode_loss(shape_, w, batch, stream_);
  latent_gradient(shape_, w, batch, stream_);
  bias_gradient_adam(shape_, w, batch, sink(&Tensors::b_enc), sink(&Tensors::b_dec), b_enc_gradient_, loss, stream_);
  weight_gradient_adam(shape_, batch, sink(&Tensors::w_enc), sink(&Tensors::w_dec), stream_);
}

void DeviceBackend::release_epoch() {
  if (epoch_.graph) device::destroy_graph(epoch_.graph);
  epoch_.graph = nullptr;
  epoch_.rows = 0;
  epoch_.memory.release();
}

void DeviceBackend::prepare_epoch(int rows) {
  if (epoch_.graph && epoch_.rows == rows) return;
  release_epoch();
  const int steps = (rows - 1) / config_.batch_size + 1;
  epoch_.memory.want(epoch_.order, rows, Content::kAny);
  epoch_.memory.want(epoch_.steps, steps, Content::kAny);
  epoch_.memory.want(epoch_.losses, steps, Content::kAny);
  epoch_.memory.allocate("the epoch", stream_);
  device::synchronize(stream_);
  device::begin_capture(stream_);
  try {
    for (int i = 0; i < steps; ++i) {
      const int first = i * config_.batch_size, left = rows - first;
      Batch batch = batch_of(splits_[SAE_TRAIN].x, epoch_.order + first,
                             left < config_.batch_size ? left : config_.batch_size, gathers(shape_));
      batch.number = i;
      launch_step(batch, epoch_.steps + i, epoch_.losses + i);
    }
  } catch (...) {
    try {
      device::destroy_graph(device::end_capture(stream_));
    } catch (const Error&) {
      // What ended the recording is the cause; that the recording cannot end well follows from it.
    }
    throw;
  }
  epoch_.graph = device::end_capture(stream_);
  epoch_.rows = rows;
}

void DeviceBackend::train_epoch(const int32_t* order, int64_t rows, double* step_loss) {
  if (rows == 0) return;
  if (rows > INT_MAX) throw Error(SAE_ERR_INVALID, "an epoch has at most 2147483647 rows");
  prepare_epoch(static_cast<int>(rows));
  const size_t steps = static_cast<size_t>((rows - 1) / config_.batch_size + 1);
  std::vector<AdamStep> corrections(steps);
  for (size_t i = 0; i < steps; ++i) corrections[i] = adam_step(step_ + static_cast<int64_t>(i) + 1);
  device::copy_in(epoch_.order, order, sizeof(int32_t) * rows, stream_);
  device::copy_in(epoch_.steps, corrections.data(), sizeof(AdamStep) * steps, stream_);
  expect_finite();
  device::replay(epoch_.graph, stream_);
  int bad_batch = 0;
  device::copy_out(step_loss, epoch_.losses, sizeof(double) * steps, stream_);
  device::copy_out(&bad_batch, scratch_.bad_batch, sizeof bad_batch, stream_);
  const bool finite = bad_batch == INT_MAX;
  step_ += finite ? static_cast<int64_t>(steps) : bad_batch;
  if (!finite) fail_loss(step_ + 1, step_loss[bad_batch]);
}

void DeviceBackend::expect_finite() {
  const int none = INT_MAX;
  device::copy_in(scratch_.bad_batch, &none, sizeof none, stream_);
}

void DeviceBackend::fail_loss(int64_t step, double loss) const {
  char text[160];
  std::snprintf(text, sizeof text,
                "step %lld: the loss is %g; the parameters are those of the step before: lower the learning rate",
                static_cast<long long>(step), loss);
  throw Error(SAE_ERR_NUMERIC, text);
}

double DeviceBackend::gradients(const float* x, int64_t rows) {
  device::copy_rows_in(staged_x_, in_pitch(), x, in_bytes(), rows, stream_);
  expect_finite();
  launch_step(batch_of(staged_x_, nullptr, static_cast<int>(rows), gathers(shape_)), nullptr, single_loss_);
  double loss = 0.0;
  device::copy_out(&loss, single_loss_, sizeof loss, stream_);
  if (!std::isfinite(loss)) fail_loss(step_ + 1, loss);
  return loss;
}

void DeviceBackend::adam_update() {
  const AdamStep step = adam_step(step_ + 1);
  const Tensors& gradients = tensors_of(SAE_GRADIENTS);
  device::copy_in(single_step_, &step, sizeof step, stream_);
  const size_t in = shape_.in_stride, sae = shape_.sae_stride;
  const auto update = [&](float* Tensors::*tensor, size_t count) {
    sae::adam_update(sink_of(tensor, gradients.*tensor, single_step_), count, stream_);
  };
  update(&Tensors::w_enc, in * shape_.d_sae);
  update(&Tensors::b_enc, sae);
  update(&Tensors::w_dec, in * shape_.d_sae);
  update(&Tensors::b_dec, in);
  device::synchronize(stream_);
  ++step_;
}

// ---- evaluation and single kernels ----

void DeviceBackend::evaluate(sae_split which, sae_evaluation& out, int64_t* firing_count) {
  const Split& split = splits_[which];
  device::fill_zero(firing_count_, sizeof(int64_t) * shape_.d_sae, stream_);
  device::fill_zero(abs_sum_, sizeof(double) * shape_.d_sae, stream_);
  for (double* sums : {error_sums_.sum, error_sums_.squared, error_sums_.deviation}) {
    device::fill_zero(sums, sizeof(double) * shape_.d_in, stream_);
  }
  for (int64_t first = 0; first < split.rows; first += capacity_) {
    const int rows = static_cast<int>(split.rows - first < capacity_ ? split.rows - first : capacity_);
    const Batch batch = batch_of(split.x + first * shape_.in_stride, nullptr, rows, gathers(shape_));
    sae::encode_topk(shape_, weights(), batch, stream_);
    reconstruct(shape_, weights(), batch, stream_);
    add_columns(batch.x, batch.residual, rows, shape_.d_in, shape_.in_stride, first, error_sums_, stream_);
    evaluate_batch(shape_, batch, split.column_sums, split.rows, split.row_ratio + first, firing_count_, abs_sum_, stream_);
  }
  evaluate_totals(shape_, split.rows, split.column_sums, error_sums_, split.row_ratio, firing_count_, abs_sum_, totals_,
                  stream_);
  EvaluationTotals totals;
  device::copy_out(&totals, totals_, sizeof totals, stream_);
  out.rows = split.rows;
  out.x_sum = totals.x_sum;
  out.x_squared = totals.x_squared;
  out.x_column_deviation = totals.x_deviation;
  out.error_sum = totals.error_sum;
  out.error_squared = totals.error_squared;
  out.error_column_deviation = totals.error_deviation;
  out.row_ratio_sum = totals.row_ratio_sum;
  out.active = static_cast<int64_t>(totals.active);
  out.abs_value_sum = totals.abs_sum;
  if (firing_count) device::copy_out(firing_count, firing_count_, sizeof(int64_t) * shape_.d_sae, stream_);
}

void DeviceBackend::select_topk(const float* z, int64_t rows, int32_t* indices, float* values) {
  for (int64_t first = 0; first < rows; first += capacity_) {
    const int count = static_cast<int>(rows - first < capacity_ ? rows - first : capacity_);
    device::copy_rows_in(scratch_.z, sizeof(float) * shape_.sae_stride, z + first * shape_.d_sae,
                         sizeof(float) * shape_.d_sae, count, stream_);
    sae::select_topk(shape_, batch_of(nullptr, nullptr, count, true), stream_);
    const size_t offset = static_cast<size_t>(first) * shape_.k, bytes = sizeof(float) * count * shape_.k;
    device::copy_out(indices + offset, scratch_.indices, bytes, stream_);
    device::copy_out(values + offset, scratch_.values, bytes, stream_);
  }
}

void DeviceBackend::encode_topk(const float* x, int64_t rows, int32_t* indices, float* values) {
  for (int64_t first = 0; first < rows; first += capacity_) {
    const int count = static_cast<int>(rows - first < capacity_ ? rows - first : capacity_);
    device::copy_rows_in(staged_x_, in_pitch(), x + first * shape_.d_in, in_bytes(), count, stream_);
    sae::encode_topk(shape_, weights(), batch_of(staged_x_, nullptr, count, true), stream_);
    const size_t offset = static_cast<size_t>(first) * shape_.k, bytes = sizeof(float) * count * shape_.k;
    device::copy_out(indices + offset, scratch_.indices, bytes, stream_);
    device::copy_out(values + offset, scratch_.values, bytes, stream_);
  }
}

void DeviceBackend::decode_sparse(const int32_t* indices, const float* values, int64_t rows, float* x_hat) {
  for (int64_t first = 0; first < rows; first += capacity_) {
    const int count = static_cast<int>(rows - first < capacity_ ? rows - first : capacity_);
    const size_t offset = static_cast<size_t>(first) * shape_.k, bytes = sizeof(float) * count * shape_.k;
    device::copy_in(scratch_.indices, indices + offset, bytes, stream_);
    device::copy_in(scratch_.values, values + offset, bytes, stream_);
    sae::decode_sparse(shape_, weights(), scratch_.indices, scratch_.values, count, scratch_.residual, stream_);
    device::copy_rows_out(x_hat + first * shape_.d_in, scratch_.residual, in_pitch(), in_bytes(), count, stream_);
  }
}

}  // namespace
}  // namespace sae

// The declarations in backend.h say nothing of visibility; these two are all that the library exports.
extern "C" __attribute__((visibility("default"))) void sae_describe_backend(std::string& text) {
  text = sae::device::describe();
}
extern "C" __attribute__((visibility("default"))) sae::Backend* sae_create_backend(const sae_config& config) {
  sae::device::describe();  // throws where there is nothing to run on
  return new sae::DeviceBackend(config);
}
