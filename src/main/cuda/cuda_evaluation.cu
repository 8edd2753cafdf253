// cuda_evaluation: one pass over a split, and the border's calls for single kernels, a chunk of rows at a time.

#include <algorithm>

#include "cuda_backend.h"

namespace sae {

void DeviceBackend::launch_evaluation(const Split& split) {
  const EvaluationSums sums = {split.column_sums, error_sums_, split.row_ratio, result_.firing_count(), abs_sum_};
  for (int64_t first = 0; first < split.rows; first += capacity_) {
    const int rows = static_cast<int>(split.rows - first < capacity_ ? split.rows - first : capacity_);
    const Batch batch = batch_of(split.x + first * shape_.in_stride, nullptr, rows);
    sae::encode_topk(shape_, weights(), batch, scratch_, stream_);
    reconstruct(shape_, weights(), batch, scratch_, stream_);
    evaluate_batch(shape_, batch, scratch_, first, sums, stream_);
  }
  evaluate_totals(shape_, split.rows, sums, result_.totals(), stream_);
}

void DeviceBackend::evaluate(sae_split which, sae_evaluation& out, int64_t* firing_count) {
  // A graph must not grow with the rows; the kernels of so many keep a device busy when they are launched one by one.
  constexpr int64_t kMostRecordedChunks = 8;
  Split& split = splits_[which];
  const bool record = records_ && split.rows <= kMostRecordedChunks * capacity_;
  timer_.restart();
  run(record ? &split.evaluation : nullptr, "evaluation", [&] { launch_evaluation(split); });
  device::copy_out(host_result_.block, result_.block, EvaluationResult::bytes(shape_.d_sae), stream_);
  const EvaluationTotals& totals = *host_result_.totals();
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
  if (firing_count) std::copy_n(host_result_.firing_count(), shape_.d_sae, firing_count);
}

void DeviceBackend::select_topk(const float* z, int64_t rows, int32_t* indices, float* values) {
  timer_.restart();
  for (int64_t first = 0; first < rows; first += capacity_) {
    const int count = static_cast<int>(rows - first < capacity_ ? rows - first : capacity_);
    device::copy_rows_in(scratch_.z, sizeof(float) * shape_.sae_stride, z + first * shape_.d_sae,
                         sizeof(float) * shape_.d_sae, count, stream_);
    Batch batch = batch_of(nullptr, nullptr, count);
    batch.lists = true;
    timer_.time(stream_, [&] { sae::select_topk(shape_, batch, scratch_, stream_); });
    const size_t offset = static_cast<size_t>(first) * shape_.k, bytes = sizeof(float) * count * shape_.k;
    device::copy_out(indices + offset, scratch_.indices, bytes, stream_);
    device::copy_out(values + offset, scratch_.values, bytes, stream_);
  }
}

void DeviceBackend::encode_topk(const float* x, int64_t rows, int32_t* indices, float* values) {
  timer_.restart();
  for (int64_t first = 0; first < rows; first += capacity_) {
    const int count = static_cast<int>(rows - first < capacity_ ? rows - first : capacity_);
    device::copy_rows_in(staged_x_, in_pitch(), x + first * shape_.d_in, in_bytes(), count, stream_);
    Batch batch = batch_of(staged_x_, nullptr, count);
    batch.lists = true;
    timer_.time(stream_, [&] { sae::encode_topk(shape_, weights(), batch, scratch_, stream_); });
    const size_t offset = static_cast<size_t>(first) * shape_.k, bytes = sizeof(float) * count * shape_.k;
    device::copy_out(indices + offset, scratch_.indices, bytes, stream_);
    device::copy_out(values + offset, scratch_.values, bytes, stream_);
  }
}

void DeviceBackend::decode_sparse(const int32_t* indices, const float* values, int64_t rows, float* x_hat) {
  timer_.restart();
  for (int64_t first = 0; first < rows; first += capacity_) {
    const int count = static_cast<int>(rows - first < capacity_ ? rows - first : capacity_);
    const size_t offset = static_cast<size_t>(first) * shape_.k, bytes = sizeof(float) * count * shape_.k;
    device::copy_in(scratch_.indices, indices + offset, bytes, stream_);
    device::copy_in(scratch_.values, values + offset, bytes, stream_);
    const Batch batch = batch_of(nullptr, nullptr, count);
    timer_.time(stream_, [&] { sae::decode_sparse(shape_, weights(), batch, scratch_, stream_); });
    device::copy_rows_out(x_hat + first * shape_.d_in, scratch_.x_hat, in_pitch(), in_bytes(), count, stream_);
  }
}

}  // namespace sae
