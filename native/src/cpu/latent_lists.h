// The selection of a batch seen from the latents: for each latent the rows on which it is selected, ascending.
#pragma once

#include "kernels/kernels.h"
#include "memory.h"
#include "shape.h"

namespace sae::cpu {

class LatentLists {
 public:
  void plan(MemoryPlan& plan, const Shape& shape);

  // indices, values [rows, k]. With relu selection entries of value 0 are left out: their gradient is 0.
  void build(const Shape& shape, const int32_t* indices, const float* values, int64_t rows);

  SparseRows values() const { return {start_.data(), row_.data(), value_.data()}; }
  SparseRows latent_gradients() const { return {start_.data(), row_.data(), latent_gradient_.data()}; }
  float* latent_gradient() { return latent_gradient_.data(); }

  // The first entry of a latent; of the padded d_sae-th, the number of entries.
  int64_t begin(int64_t latent) const { return start_[latent]; }

  // The number of the i-th largest group, by entries: latents are active on very different numbers of rows, and workers that
  // take the largest groups first end at nearly the same time.
  int64_t group(int64_t i) const { return group_[i]; }

 private:
  Buffer<int64_t> start_;          // [padded d_sae + 1]
  Buffer<int32_t> row_;            // [entries]
  Buffer<float> value_;            // [entries]
  Buffer<float> latent_gradient_;  // [entries]
  Buffer<int32_t> group_;          // [groups]
};

}  // namespace sae::cpu
