#include "latent_lists.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace sae::cpu {

void LatentLists::plan(MemoryPlan& plan, const Shape& shape) {
  stride_ = shape.padded_d_sae + 1;
  plan.add(begin_, (blocks_of(shape.batch_size, shape.sparse_block) + 1) * stride_);
  plan.add(offset_, shape.batch_size * shape.k);
  plan.add(value_, shape.batch_size * shape.k);
  plan.add(latent_gradient_, shape.batch_size * shape.k);
  plan.add(group_, shape.groups);
}

// A counting sort. Where a latent's next entry goes is kept where its entries of the next block of rows will begin.
void LatentLists::build(const Shape& shape, const int32_t* indices, const float* values, int64_t rows) {
  blocks_ = blocks_of(rows, shape.sparse_block);
  std::memset(begin_.data(), 0, static_cast<size_t>(stride_) * sizeof(int64_t));
  const int64_t entries = rows * shape.k;
  for (int64_t i = 0; i < entries; ++i) begin_[indices[i] + 1] += !shape.relu || values[i] != 0;
  for (int64_t j = 0; j < shape.padded_d_sae; ++j) begin_[j + 1] += begin_[j];
  for (int64_t block = 0; block < blocks_; ++block) {
    int64_t* next = begin_.data() + (block + 1) * stride_;
    std::memcpy(next, next - stride_, static_cast<size_t>(stride_) * sizeof(int64_t));
    const int64_t last_row = std::min(rows, (block + 1) * shape.sparse_block);
    for (int64_t r = block * shape.sparse_block; r < last_row; ++r) {
      for (int64_t i = r * shape.k; i < (r + 1) * shape.k; ++i) {
        if (shape.relu && values[i] == 0) continue;
        const int64_t place = next[indices[i]]++;
        offset_[place] = static_cast<int32_t>(r * shape.tile);
        value_[place] = values[i];
      }
    }
  }
  const auto entries_of = [&](int32_t group) { return begin((group + 1) * kGroup) - begin(group * kGroup); };
  std::iota(group_.data(), group_.data() + shape.groups, 0);
  std::sort(group_.data(), group_.data() + shape.groups, [&](int32_t a, int32_t b) {
    return entries_of(a) != entries_of(b) ? entries_of(a) > entries_of(b) : a < b;
  });
}

}  // namespace sae::cpu
