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

void Evaluator::plan(MemoryPlan& plan) {
  plan.add(shift_, shape_.padded_d_in);
  plan.add(deviation_, shape_.padded_d_in);
  plan.add(deviation_squared_, shape_.padded_d_in);
  plan.add(row_squares_, shape_.tiles * shape_.batch_size);
}

void Evaluator::evaluate(const Parameters& parameters, const CpuData& data, int32_t* indices, float* values,
                         sae_evaluation& out, int64_t* firing_count) {
  out = {};
  out.rows = data.rows();
  out.x_sum = data.sum();
  out.x_squared = data.squared();
  out.x_column_deviation = data.column_deviation();
  if (firing_count != nullptr) std::fill_n(firing_count, shape_.d_sae, 0);
  clear(deviation_);
  clear(deviation_squared_);

  for (int64_t start = 0; start < data.rows(); start += shape_.batch_size) {
    const int64_t n = std::min(shape_.batch_size, data.rows() - start);
    forward_.encode(parameters, {data.x() + start * shape_.d_in, nullptr, n}, indices, values);
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
      const double deviation = data.row_deviation(start + r);
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

  const double rows = static_cast<double>(data.rows());
  for (int64_t c = 0; c < shape_.d_in; ++c) {
    out.error_sum += deviation_[c] + rows * shift_[c];
    out.error_column_deviation += std::max(0.0, deviation_squared_[c] - deviation_[c] * deviation_[c] / rows);
  }
}

}  // namespace sae::cpu
