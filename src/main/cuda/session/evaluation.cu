// evaluation: one pass over a data set, and the border's calls for single kernels, a chunk of rows at a time.

#include <algorithm>

#include "session/cuda_backend.h"

namespace sae {

void DeviceBackend::launch_evaluation(const float* x, int64_t rows, const ColumnSums& column_sums, double* row_ratio) {
  const EvaluationSums sums = {column_sums, error_sums_, row_ratio, result_.firing_count(), abs_sum_};
  for_chunks(rows, [&](int64_t first, int count) {
    const Batch batch = batch_of(x + first * shape_.in_stride, nullptr, count);
    sae::encode_topk(shape_, weights(), batch, scratch_, stream_);
    reconstruct(shape_, weights(), batch, scratch_, stream_);
    evaluate_batch(shape_, batch, scratch_, first, sums, stream_);
  });
  evaluate_totals(shape_, rows, sums, result_.totals(), stream_);
}

void DeviceBackend::evaluate(sae_split which, sae_evaluation& out, int64_t* firing_count) {
  // A graph must not grow with the rows; the kernels of so many keep a device busy when they are launched one by one.
  constexpr int64_t kMostRecordedChunks = 8;
  SplitData& split = splits_[which];
  const DeviceData& data = *split.data;
  const bool record = records_ && data.rows() <= kMostRecordedChunks * capacity_;
  timer_.restart();
  run(record ? &split.evaluation : nullptr, "evaluation",
      [&] { launch_evaluation(data.x(), data.rows(), data.column_sums(), split.row_ratio); });
  device::copy_out(host_result_.block, result_.block, EvaluationResult::bytes(shape_.d_sae), stream_);
  const EvaluationTotals& totals = *host_result_.totals();
  out.rows = data.rows();
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

// Rows [first, first + rows) of what the call gives back, from the scratch.
void DeviceBackend::copy_codes_out(int64_t first, int rows, int32_t* indices, float* values) {
  const size_t offset = static_cast<size_t>(first) * shape_.k, bytes = sizeof(float) * rows * shape_.k;
  device::copy_out(indices + offset, scratch_.indices, bytes, stream_);
  device::copy_out(values + offset, scratch_.values, bytes, stream_);
}

void DeviceBackend::select_topk(const float* z, int64_t rows, int32_t* indices, float* values) {
  timer_.restart();
  for_chunks(rows, [&](int64_t first, int count) {
    device::copy_rows_in(scratch_.z, sizeof(float) * shape_.sae_stride, z + first * shape_.d_sae,
                         sizeof(float) * shape_.d_sae, count, stream_);
    Batch batch = batch_of(nullptr, nullptr, count);
    batch.lists = true;
    timer_.time(stream_, [&] { sae::select_topk(shape_, batch, scratch_, stream_); });
    copy_codes_out(first, count, indices, values);
  });
}

// x: of these rows, on the device.
void DeviceBackend::encode_chunk(const float* x, int64_t first, int rows, int32_t* indices, float* values) {
  Batch batch = batch_of(x, nullptr, rows);
  batch.lists = true;
  timer_.time(stream_, [&] { sae::encode_topk(shape_, weights(), batch, scratch_, stream_); });
  copy_codes_out(first, rows, indices, values);
}

void DeviceBackend::encode_topk(const float* x, int64_t rows, int32_t* indices, float* values) {
  timer_.restart();
  for_chunks(rows, [&](int64_t first, int count) {
    device::copy_rows_in(staged_x_, in_pitch(), x + first * shape_.d_in, in_bytes(), count, stream_);
    encode_chunk(staged_x_, first, count, indices, values);
  });
}

void DeviceBackend::encode_rows(const Data& data, int64_t start, int64_t rows, int32_t* indices, float* values) {
  const float* x = static_cast<const DeviceData&>(data).x() + start * shape_.in_stride;
  timer_.restart();
  for_chunks(rows, [&](int64_t first, int count) {
    encode_chunk(x + first * shape_.in_stride, first, count, indices, values);
  });
}

void DeviceBackend::decode_sparse(const int32_t* indices, const float* values, int64_t rows, float* x_hat) {
  timer_.restart();
  for_chunks(rows, [&](int64_t first, int count) {
    const size_t offset = static_cast<size_t>(first) * shape_.k, bytes = sizeof(float) * count * shape_.k;
    device::copy_in(scratch_.indices, indices + offset, bytes, stream_);
    device::copy_in(scratch_.values, values + offset, bytes, stream_);
    const Batch batch = batch_of(nullptr, nullptr, count);
    timer_.time(stream_, [&] { sae::decode_sparse(shape_, weights(), batch, scratch_, stream_); });
    device::copy_rows_out(x_hat + first * shape_.d_in, scratch_.x_hat, in_pitch(), in_bytes(), count, stream_);
  });
}

}  // namespace sae
