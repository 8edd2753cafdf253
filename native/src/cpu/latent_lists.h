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

  SparseRows values() const { return lists(0, value_); }
  // From latent `first` on.
  SparseRows latent_gradients(int64_t first) const { return lists(first, latent_gradient_); }
  float* latent_gradient() { return latent_gradient_.data(); }

  // The first entry of a latent; of the padded d_sae-th, the number of entries.
  int64_t begin(int64_t latent) const { return begin_[latent]; }

  // The number of the i-th largest group, by entries: latents are active on very different numbers of rows, and workers
  // that take the largest groups first end at nearly the same time.
  int64_t group(int64_t i) const { return group_[i]; }

 private:
  SparseRows lists(int64_t first, const Buffer<float>& value) const {
    return {begin_.data() + first, stride_, blocks_, offset_.data(), value.data()};
  }

  int64_t stride_ = 0, blocks_ = 0;
  Buffer<int64_t> begin_;          // [blocks of rows + 1][padded d_sae + 1]
  Buffer<int32_t> offset_;         // [entries]: row * tile
  Buffer<float> value_;            // [entries]
  Buffer<float> latent_gradient_;  // [entries]
  Buffer<int32_t> group_;          // [groups]
};

}  // namespace sae::cpu
