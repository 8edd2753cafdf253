// Four arrays shaped like the model's parameters: parameters, moments or gradients, in the layouts of layout.h.
#pragma once

#include "memory.h"
#include "shape.h"
#include "thread_pool.h"

namespace sae::cpu {

struct Parameters {
  Buffer<float> w_enc;  // panels [d_sae / panel][d_in][panel]
  Buffer<float> b_enc;  // [padded d_sae]
  Buffer<float> w_dec;  // tiles [d_in / tile][padded d_sae][tile]
  Buffer<float> b_dec;  // [padded d_in]

  void plan(MemoryPlan& plan, const Shape& shape);
  void read(const sae_tensors& from, const Shape& shape, ThreadPool& pool);
  void write(const sae_tensors& to, const Shape& shape, ThreadPool& pool) const;
};

}  // namespace sae::cpu
