// One pass over a split: the double sums of sae_evaluation.
#pragma once

#include "forward.h"

namespace sae::cpu {

// A borrowed data set and what an evaluation needs of it, computed once. Rows deviate from the column means.
struct Split {
  const float* x = nullptr;
  int64_t rows = 0;
  double sum = 0, squared = 0, column_deviation = 0;
  Buffer<double> row_deviation;  // [rows]

  // x [rows, d_in]
  void set(const float* data, int64_t n, const Shape& shape, ThreadPool& pool);
};

class Evaluator {
 public:
  Evaluator(const Shape& shape, const Kernels& kernels, ThreadPool& pool, Forward& forward)
      : shape_(shape), kernels_(kernels), pool_(pool), forward_(forward) {}
  void plan(MemoryPlan& plan);

  // indices, values: scratch [batch_size, k]. firing_count [d_sae] or NULL.
  void evaluate(const Parameters& parameters, const Split& split, int32_t* indices, float* values, sae_evaluation& out,
                int64_t* firing_count);

 private:
  const Shape& shape_;
  const Kernels& kernels_;
  ThreadPool& pool_;
  Forward& forward_;
  Buffer<double> shift_, deviation_, deviation_squared_;  // [padded d_in]
  Buffer<double> row_squares_;                            // [tiles, batch_size]
};

}  // namespace sae::cpu
