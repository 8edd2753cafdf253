// A data set on the cpu: borrowed rows, and what an evaluation needs of them.
#pragma once

#include "../backend.h"
#include "memory.h"
#include "thread_pool.h"

namespace sae::cpu {

// Rows deviate from the column means. Sums are in double, in a fixed order.
class CpuData final : public Data {
 public:
  // x [rows, d_in]
  CpuData(const float* x, int64_t rows, int64_t d_in, ThreadPool& pool);

  const float* x() const { return x_; }
  int64_t rows() const { return rows_; }
  double sum() const { return sum_; }
  double squared() const { return squared_; }
  double column_deviation() const { return column_deviation_; }
  double row_deviation(int64_t row) const { return row_deviation_[row]; }

 private:
  const float* const x_;
  const int64_t rows_;
  double sum_ = 0, squared_ = 0, column_deviation_ = 0;
  Buffer<double> row_deviation_;  // [rows]
};

}  // namespace sae::cpu
