#include "data.h"

#include <algorithm>
#include <string>

#include "layout.h"

namespace sae::cpu {

CpuData::CpuData(const float* x, int64_t rows, int64_t d_in, ThreadPool& pool) : x_(x), rows_(rows) {
  constexpr int64_t kRowsOfItem = 64, kColumns = 128;
  Buffer<double> mean, strip_squares;
  MemoryPlan plan;
  plan.add(mean, d_in);
  plan.add(strip_squares, blocks_of(d_in, kColumns));
  plan.add(row_deviation_, rows);
  plan.allocate("a data set of " + std::to_string(rows) + " rows");

  pool.run(strip_squares.size(), [&](int64_t strip, int) {
    const int64_t first = strip * kColumns, width = std::min(kColumns, d_in - first);
    double sums[kColumns] = {}, squares[kColumns] = {};
    for (int64_t r = 0; r < rows; ++r) {
      const float* row = x + r * d_in + first;
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
  for (int64_t strip = 0; strip < strip_squares.size(); ++strip) squared_ += strip_squares[strip];
  for (int64_t c = 0; c < d_in; ++c) {
    sum_ += mean[c];
    mean[c] /= static_cast<double>(rows);
  }

  pool.run(blocks_of(rows, kRowsOfItem), [&](int64_t item, int) {
    const int64_t last = std::min(rows, (item + 1) * kRowsOfItem);
    for (int64_t r = item * kRowsOfItem; r < last; ++r) {
      const float* row = x + r * d_in;
      double deviation = 0;
      for (int64_t c = 0; c < d_in; ++c) deviation += (row[c] - mean[c]) * (row[c] - mean[c]);
      row_deviation_[r] = deviation;
    }
  });
  for (int64_t r = 0; r < rows; ++r) column_deviation_ += row_deviation_[r];
}

}  // namespace sae::cpu
