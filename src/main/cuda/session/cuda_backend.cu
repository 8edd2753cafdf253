// cuda_backend: a session's memory and state, and which data it has; the functions that the library exports.

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "session/cuda_backend.h"

namespace sae {

using Content = DeviceMemory::Content;

namespace {

// Rows of one launch outside training: a usual validation set at once, as long as the scratch of so many rows is small.
int chunk_rows(const Shape& shape) {
  constexpr size_t kMostRows = 2048, kMostBytes = size_t{256} << 20;
  const size_t in = shape.in_stride, sae = shape.sae_stride, k = shape.k;
  const size_t row_bytes = sizeof(float) * (2 * sae + (shape.pre_bias ? 3 : 2) * in + 2 * k);
  return static_cast<int>(std::clamp<size_t>(kMostBytes / row_bytes, 1, kMostRows));
}

// SAE_GRAPH=0 tells a defect of a kernel from one of a graph.
bool graphs_wanted() {
  const char* wish = std::getenv("SAE_GRAPH");
  return wish == nullptr || std::strcmp(wish, "0") != 0;
}

Precision precision_of(const sae_config& config) {
  switch (static_cast<sae_precision>(config.precision)) {
    case SAE_BF16X3:
      return Precision::kBf16x3;
    case SAE_BF16:
      return Precision::kBf16;
    case SAE_FP32:
      break;
  }
  return Precision::kFp32;
}

Shape shape_of(const sae_config& config) {
  constexpr int kMost = 2000000;  // a grid has at most 65535 blocks in y, and the smallest of them take 32 rows
  if (config.d_in > kMost || config.d_sae > kMost || config.batch_size > kMost) {
    throw Error(SAE_ERR_UNAVAILABLE,
                "the device kernels take d_in, d_sae and batch_size of at most " + std::to_string(kMost));
  }
  return make_shape(config.d_in, config.d_sae, config.k, config.batch_size, config.select == SAE_SELECT_RELU,
                    config.pre_bias != 0, precision_of(config));
}

}  // namespace

DeviceBackend::DeviceBackend(const sae_config& config)
    : config_(config),
      shape_(shape_of(config)),
      capacity_(std::max(config.batch_size, chunk_rows(shape_))),
      records_(graphs_wanted()) {
  adam_ = {static_cast<float>(1.0 - config.beta1), static_cast<float>(config.beta2),
           static_cast<float>(1.0 - config.beta2), static_cast<float>(config.eps)};
  for (const sae_state state : {SAE_PARAMETERS, SAE_ADAM_M, SAE_ADAM_V}) want_tensors(memory_, state_[state]);
  want_scratch();
  memory_.want(staged_x_, static_cast<size_t>(capacity_) * shape_.in_stride, Content::kZero);
  memory_.want(single_step_, 1, Content::kAny);
  memory_.want(single_loss_, 1, Content::kAny);
  memory_.want(single_bad_batch_, 1, Content::kAny);
  want_column_sums(memory_, error_sums_, shape_.in_stride);
  memory_.want(abs_sum_, shape_.d_sae, Content::kAny);
  memory_.want(result_.block, EvaluationResult::bytes(shape_.d_sae), Content::kAny);
  memory_.want_pinned(host_result_.block, EvaluationResult::bytes(shape_.d_sae));
  memory_.allocate("a session of " + std::to_string(shape_.d_sae) + " latents, " + std::to_string(shape_.d_in) +
                       " inputs and batches of " + std::to_string(config.batch_size) + " rows",
                   stream_);
  scratch_.sparse = scratch_.z;
  scratch_.residual = scratch_.x_hat;
  load_kernels();
  device::synchronize(stream_);
}

// A driver loads the code of a kernel when it first meets it, which is to happen before a training that is timed: the
// launches of a step and of an evaluation are recorded and thrown away.
void DeviceBackend::load_kernels() {
  if (!records_) return;
  Recording().record("loading the kernels", stream_, [&] {
    launch_step(batch_of(staged_x_, nullptr, 1), single_step_, single_loss_);
    launch_evaluation(staged_x_, 1, {}, nullptr);
  });
}

void DeviceBackend::want_scratch() {
  const size_t in = shape_.in_stride, sae = shape_.sae_stride, rows = capacity_;
  if (shape_.pre_bias) memory_.want(scratch_.inputs, rows * in, Content::kAny);
  memory_.want(scratch_.z, rows * sae, Content::kAny);
  memory_.want(scratch_.indices, rows * shape_.k, Content::kAny);
  memory_.want(scratch_.values, rows * shape_.k, Content::kAny);
  memory_.want(scratch_.mask, rows * shape_.mask_words, Content::kAny);
  if (shape_.gather) memory_.want(scratch_.active_rows, (rows + 31) / 32 * shape_.d_sae, Content::kAny);
  memory_.want(scratch_.x_hat, rows * in, Content::kAny);
  memory_.want(scratch_.dz, rows * sae, Content::kAny);
  memory_.want(scratch_.loss_partials, decode_blocks(shape_, capacity_), Content::kAny);
  memory_.want(scratch_.b_dec_partials, decode_row_groups(shape_, capacity_) * in, Content::kAny);
  memory_.want(scratch_.b_enc_partials, latent_row_groups(shape_, capacity_) * sae, Content::kAny);
  if (shape_.pre_bias) memory_.want(scratch_.b_enc_gradient, sae, Content::kAny);
  memory_.want(scratch_.depth.partials, depth_partials(shape_, capacity_), Content::kAny);
  memory_.want(scratch_.depth.arrivals, shared_tiles(shape_, capacity_), Content::kZero);
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

Batch DeviceBackend::batch_of(const float* x, const int32_t* order, int rows) const {
  return {x, order, rows, shape_.gather, 0, single_bad_batch_};
}

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

double DeviceBackend::device_seconds() {
  if (!device::has_clock()) return Backend::device_seconds();  // throws
  if (timer_.empty()) throw Error(SAE_ERR_UNAVAILABLE, "no training, evaluation or kernel call has run yet");
  return timer_.seconds();
}

void DeviceBackend::set_data(sae_split which, std::shared_ptr<const Data> data) {
  SplitData& split = splits_[which];
  if (split.data == data) return;
  split.evaluation.release();  // what is recorded reads the old rows
  if (which == SAE_TRAIN) {
    epoch_.part.release();
    epoch_.rest.release();
  }
  split.memory.release();
  split.data = nullptr;  // should there be no room below
  auto on_device = std::static_pointer_cast<const DeviceData>(std::move(data));
  split.memory.want(split.row_ratio, on_device->rows(), Content::kAny);
  split.memory.allocate("evaluating the data", stream_);
  split.data = std::move(on_device);
}

}  // namespace sae

// The declarations in backend.h say nothing of visibility; these three are all that the library exports.
extern "C" __attribute__((visibility("default"))) void sae_describe_backend(std::string& text) {
  text = sae::device::describe();
}
extern "C" __attribute__((visibility("default"))) sae::Data* sae_create_data(const float* x, int64_t rows, int32_t d_in,
                                                                             int32_t) {
  sae::device::describe();  // throws where there is nothing to run on
  return new sae::DeviceData(x, rows, d_in);
}
extern "C" __attribute__((visibility("default"))) sae::Backend* sae_create_backend(const sae_config& config) {
  sae::device::describe();
  return new sae::DeviceBackend(config);
}
