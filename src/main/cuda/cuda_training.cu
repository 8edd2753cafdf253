// cuda_training: the launches of a training step, and whole epochs of them.
//
// One epoch is recorded once as a graph and replayed. What changes from epoch to epoch lies in device memory: the row
// order and Adam's bias corrections. What is the same in every epoch is fixed in the launches: which rows of the order
// and which correction a batch uses, and how many rows it has.

#include <climits>
#include <cmath>
#include <cstdio>

#include "cuda_backend.h"

namespace sae {

using Content = DeviceMemory::Content;

AdamStep DeviceBackend::adam_step(int64_t t) const {
  const double bias1 = 1.0 - std::pow(config_.beta1, static_cast<double>(t));
  const double bias2 = 1.0 - std::pow(config_.beta2, static_cast<double>(t));
  return {static_cast<float>(config_.lr / bias1), static_cast<float>(1.0 / std::sqrt(bias2))};
}

GradientSink DeviceBackend::sink_of(float* Tensors::*tensor, float* gradient, const AdamStep* step) const {
  return {gradient, state_[SAE_PARAMETERS].*tensor, state_[SAE_ADAM_M].*tensor, state_[SAE_ADAM_V].*tensor, adam_, step};
}

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
  timer_.restart();
  prepare_epoch(static_cast<int>(rows));
  const size_t steps = static_cast<size_t>((rows - 1) / config_.batch_size + 1);
  std::vector<AdamStep> corrections(steps);
  for (size_t i = 0; i < steps; ++i) corrections[i] = adam_step(step_ + static_cast<int64_t>(i) + 1);
  device::copy_in(epoch_.order, order, sizeof(int32_t) * rows, stream_);
  device::copy_in(epoch_.steps, corrections.data(), sizeof(AdamStep) * steps, stream_);
  expect_finite();
  timer_.time(stream_, [&] { device::replay(epoch_.graph, stream_); });
  int bad_batch = 0;
  device::copy_out(step_loss, epoch_.losses, sizeof(double) * steps, stream_);
  device::copy_out(&bad_batch, scratch_.bad_batch, sizeof bad_batch, stream_);
  const bool finite = bad_batch == INT_MAX;
  step_ += finite ? static_cast<int64_t>(steps) : bad_batch;
  if (!finite) fail_loss(step_ + 1, step_loss[bad_batch]);
}

void DeviceBackend::expect_finite() {
  static const int none = INT_MAX;  // outlives the copy, which need not have ended when this returns
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
  timer_.restart();
  device::copy_rows_in(staged_x_, in_pitch(), x, in_bytes(), rows, stream_);
  expect_finite();
  const Batch batch = batch_of(staged_x_, nullptr, static_cast<int>(rows), gathers(shape_));
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
  const auto update = [&](float* Tensors::*tensor, size_t count) {
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
