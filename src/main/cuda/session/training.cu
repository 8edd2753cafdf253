// training: the launches of a training step, and whole epochs of them.
//
// An epoch is recorded once as a graph and replayed; a long one in parts, which share a graph. What changes from part
// to part lies in device memory: the row order and Adam's bias corrections. What is the same in all of them is fixed in
// the launches: which rows of the order and which correction a batch uses, and how many rows it has. The host looks at
// the losses of a part before it gives the next one to the device, so that nothing is updated after one that is not
// finite.

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdio>

#include "session/cuda_backend.h"

namespace sae {

using Content = DeviceMemory::Content;

AdamStep DeviceBackend::adam_step(int64_t t) const {
  const double bias1 = 1.0 - std::pow(config_.beta1, static_cast<double>(t));
  const double bias2 = 1.0 - std::pow(config_.beta2, static_cast<double>(t));
  return {static_cast<float>(config_.lr / bias1), static_cast<float>(1.0 / std::sqrt(bias2))};
}

GradientSink DeviceBackend::sink_of(float* Tensors::* tensor, float* gradient, const AdamStep* step) const {
  return {gradient, state_[SAE_PARAMETERS].*tensor, state_[SAE_ADAM_M].*tensor, state_[SAE_ADAM_V].*tensor, adam_,
          step};
}

// Without a step the gradients are stored and nothing is updated.
void DeviceBackend::launch_step(const Batch& batch, const AdamStep* step, double* loss) {
  const Weights w = weights();
  const auto sink = [&](float* Tensors::* tensor) {
    return sink_of(tensor, step ? nullptr : tensors_of(SAE_GRADIENTS).*tensor, step);
  };
  sae::encode_topk(shape_, w, batch, scratch_, stream_);
  decode_loss(shape_, w, batch, scratch_, stream_);
  latent_gradient(shape_, w, batch, scratch_, stream_);
  const Sinks sinks = {sink(&Tensors::w_enc), sink(&Tensors::b_enc), sink(&Tensors::w_dec), sink(&Tensors::b_dec),
                       loss};
  if (shape_.pre_bias) bias_gradient_adam(shape_, w, batch, scratch_, sinks, stream_);
  weight_gradient_adam(shape_, batch, scratch_, sinks, stream_);
}

namespace {

// A part of an epoch has at most so many steps, so that a graph stays small however many rows there are, and, of
// several steps, at most so many rows.
int rows_of_part(int batch_size) {
  constexpr int kMostSteps = 512, kMostRows = 1 << 22;
  return batch_size * std::clamp(kMostRows / batch_size, 1, kMostSteps);
}

}  // namespace

void DeviceBackend::make_room_for_epoch(int64_t rows) {
  const int part = static_cast<int>(std::min<int64_t>(rows, rows_of_part(config_.batch_size)));
  if (part <= epoch_.rows) return;
  epoch_.part.release();
  epoch_.rest.release();
  epoch_.memory.release();
  epoch_.rows = 0;
  epoch_.device.steps = epoch_.host.steps = (part - 1) / config_.batch_size + 1;
  epoch_.memory.want(epoch_.device.block, epoch_.device.bytes(part), Content::kAny);
  epoch_.memory.want_pinned(epoch_.host.block, epoch_.host.bytes(part));
  epoch_.memory.allocate("the epoch", stream_);
  epoch_.rows = part;
}

void DeviceBackend::launch_part(int rows) {
  const EpochPart& part = epoch_.device;
  for (int first = 0, number = 0; first < rows; first += config_.batch_size, ++number) {
    const int left = rows - first;
    Batch batch = batch_of(splits_[SAE_TRAIN].data->x(), part.order() + first, std::min(left, config_.batch_size));
    batch.number = number;
    batch.bad_batch = part.bad_batch();
    launch_step(batch, part.adam() + number, part.losses() + number);
  }
}

// A copy in, a graph, a copy out, a wait.
void DeviceBackend::train_part(const int32_t* order, int rows, double* step_loss) {
  const EpochPart& host = epoch_.host;
  const int steps = (rows - 1) / config_.batch_size + 1;
  *host.bad_batch() = INT_MAX;
  for (int i = 0; i < steps; ++i) host.adam()[i] = adam_step(step_ + i + 1);
  std::copy_n(order, rows, host.order());
  device::copy_in(epoch_.device.bad_batch(), host.bad_batch(), host.bytes_in(rows), stream_);
  if (rows != epoch_.rows && rows != epoch_.rest_rows) {
    epoch_.rest.release();
    epoch_.rest_rows = rows;
  }
  Recording& recording = rows == epoch_.rows ? epoch_.part : epoch_.rest;
  run(records_ ? &recording : nullptr, "training", [&] { launch_part(rows); });
  device::copy_out(host.block, epoch_.device.block, host.bytes_out(), stream_);
  std::copy_n(host.losses(), steps, step_loss);
  const int bad_batch = *host.bad_batch();
  const bool finite = bad_batch == INT_MAX;
  step_ += finite ? steps : bad_batch;
  if (!finite) fail_loss(step_ + 1, step_loss[bad_batch]);
}

void DeviceBackend::train_epoch(const int32_t* order, int64_t rows, double* step_loss) {
  timer_.restart();
  make_room_for_epoch(rows);
  for (int64_t first = 0; first < rows; first += epoch_.rows) {
    train_part(order + first, static_cast<int>(std::min<int64_t>(rows - first, epoch_.rows)),
               step_loss + first / config_.batch_size);
  }
}

void DeviceBackend::expect_finite() {
  static const int none = INT_MAX;  // outlives the copy, which need not have ended when this returns
  device::copy_in(single_bad_batch_, &none, sizeof none, stream_);
}

void DeviceBackend::fail_loss(int64_t step, double loss) const {
  char text[160];
  std::snprintf(text, sizeof text,
                "step %lld: the loss is %g; the parameters are those of the step before: lower the learning rate",
                static_cast<long long>(step), loss);
  throw Error(SAE_ERR_NUMERIC, text);
}

double DeviceBackend::gradients(const float* x, int64_t rows) {
  timer_.restart();
  device::copy_rows_in(staged_x_, in_pitch(), x, in_bytes(), rows, stream_);
  expect_finite();
  const Batch batch = batch_of(staged_x_, nullptr, static_cast<int>(rows));
  tensors_of(SAE_GRADIENTS);  // allocated before the clock starts
  timer_.time(stream_, [&] { launch_step(batch, nullptr, single_loss_); });
  double loss = 0.0;
  device::copy_out(&loss, single_loss_, sizeof loss, stream_);
  if (!std::isfinite(loss)) fail_loss(step_ + 1, loss);
  return loss;
}

void DeviceBackend::adam_update() {
  timer_.restart();
  const AdamStep step = adam_step(step_ + 1);
  const Tensors& gradients = tensors_of(SAE_GRADIENTS);
  device::copy_in(single_step_, &step, sizeof step, stream_);
  const size_t in = shape_.in_stride, sae = shape_.sae_stride;
  const auto update = [&](float* Tensors::* tensor, size_t count) {
    sae::adam_update(sink_of(tensor, gradients.*tensor, single_step_), count, stream_);
  };
  timer_.time(stream_, [&] {
    update(&Tensors::w_enc, in * shape_.d_sae);
    update(&Tensors::b_enc, sae);
    update(&Tensors::w_dec, in * shape_.d_sae);
    update(&Tensors::b_dec, in);
  });
  device::synchronize(stream_);
  ++step_;
}

}  // namespace sae
