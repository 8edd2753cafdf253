#include "evaluation.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace sae::cpu {
namespace {

void clear(Buffer<double>& buffer) {
  std::memset(buffer.data(), 0, static_cast<size_t>(buffer.size()) * sizeof(double));
}

}  // namespace

void Split::set(const float* data, int64_t n, const Shape& shape, ThreadPool& pool) {
  constexpr int64_t kRowsOfItem = 64, kColumns = 128;
  const int64_t d_in = shape.d_in;
  Buffer<double> mean, strip_squares;
  MemoryPlan plan;
  plan.add(mean, d_in);
  plan.add(strip_squares, blocks_of(d_in, kColumns));
  plan.add(row_deviation, n);
  rows = 0;
  plan.allocate("a data set of " + std::to_string(n) + " rows");

  pool.run(strip_squares.size(), [&](int64_t strip, int) {
    const int64_t first = strip * kColumns, width = std::min(kColumns, d_in - first);
    double sums[kColumns] = {}, squares[kColumns] = {};
    for (int64_t r = 0; r < n; ++r) {
      const float* row = data + r * d_in + first;
      for (int64_t c = 0; c < width; ++c) {
        const double value = row[c];
        sums[c] += value;
        squares[c] += value * value;
      }
    }
    double total = 0;
    for (int64_t c = 0; c < width; ++c) {
      mean[first + c] = sums[c];
      total += squares[c];
    }
    strip_squares[strip] = total;
  });
  sum = squared = column_deviation = 0;
  for (int64_t strip = 0; strip < strip_squares.size(); ++strip) squared += strip_squares[strip];
  for (int64_t c = 0; c < d_in; ++c) {
    sum += mean[c];
    mean[c] /= static_cast<double>(n);
  }

  pool.run(blocks_of(n, kRowsOfItem), [&](int64_t item, int) {
    const int64_t last = std::min(n, (item + 1) * kRowsOfItem);
    for (int64_t r = item * kRowsOfItem; r < last; ++r) {
      const float* row = data + r * d_in;
      double deviation = 0;
      for (int64_t c = 0; c < d_in; ++c) deviation += (row[c] - mean[c]) * (row[c] - mean[c]);
      row_deviation[r] = deviation;
    }
  });
  for (int64_t r = 0; r < n; ++r) column_deviation += row_deviation[r];
  x = data;
  rows = n;
}

void Evaluator::plan(MemoryPlan& plan) {
  plan.add(shift_, shape_.padded_d_in);
  plan.add(deviation_, shape_.padded_d_in);
  plan.add(deviation_squared_, shape_.padded_d_in);
  plan.add(row_squares_, shape_.tiles * shape_.batch_size);
}

void Evaluator::evaluate(const Parameters& parameters, const Split& split, int32_t* indices, float* values,
                         sae_evaluation& out, int64_t* firing_count) {
  out = {};
  out.rows = split.rows;
  out.x_sum = split.sum;
  out.x_squared = split.squared;
  out.x_column_deviation = split.column_deviation;
  if (firing_count != nullptr) std::fill_n(firing_count, shape_.d_sae, 0);
  clear(deviation_);
  clear(deviation_squared_);

  for (int64_t start = 0; start < split.rows; start += shape_.batch_size) {
    const int64_t n = std::min(shape_.batch_size, split.rows - start);
    forward_.encode(parameters, {split.x + start * shape_.d_in, nullptr, n}, indices, values);
    pool_.run(shape_.tiles, [&](int64_t tile, int) {
      forward_.decode_tile(parameters, values, n, tile);
      const float *x = forward_.x(tile), *x_hat = forward_.x_hat(tile);
      const int64_t first = tile * shape_.tile;
      if (start == 0) {  // the first row's error is the typical one from which deviations are counted
        for (int64_t c = 0; c < shape_.tile; ++c) shift_[first + c] = static_cast<double>(x[c]) - x_hat[c];
      }
      kernels_.error_sums(x_hat, x, n, shift_.data() + first, deviation_.data() + first,
                          deviation_squared_.data() + first, row_squares_.data() + tile * shape_.batch_size);
    });
    for (int64_t r = 0; r < n; ++r) {
      double squares = 0;
      for (int64_t tile = 0; tile < shape_.tiles; ++tile) squares += row_squares_[tile * shape_.batch_size + r];
      const double deviation = split.row_deviation[start + r];
      out.error_squared += squares;
      out.row_ratio_sum += deviation > 0  ? squares / deviation
                           : squares == 0 ? 0
                                          : std::numeric_limits<double>::infinity();
    }
    for (int64_t i = 0; i < n * shape_.k; ++i) {
      if (values[i] == 0) continue;
      ++out.active;
      out.abs_value_sum += std::fabs(static_cast<double>(values[i]));
      if (firing_count != nullptr) ++firing_count[indices[i]];
    }
  }

  const double rows = static_cast<double>(split.rows);
  for (int64_t c = 0; c < shape_.d_in; ++c) {
    out.error_sum += deviation_[c] + rows * shift_[c];
    out.error_column_deviation += std::max(0.0, deviation_squared_[c] - deviation_[c] * deviation_[c] / rows);
  }
}

}  // namespace sae::cpu
