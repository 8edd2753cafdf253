// One pass over a data set: the double sums of sae_evaluation.
#pragma once

#include "data.h"
#include "forward.h"

namespace sae::cpu {

class Evaluator {
 public:
  Evaluator(const Shape& shape, const Kernels& kernels, ThreadPool& pool, Forward& forward)
      : shape_(shape), kernels_(kernels), pool_(pool), forward_(forward) {}
  void plan(MemoryPlan& plan);

  // indices, values: scratch [batch_size, k]. firing_count [d_sae] or NULL.
  void evaluate(const Parameters& parameters, const CpuData& data, int32_t* indices, float* values, sae_evaluation& out,
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
