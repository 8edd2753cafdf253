#include "latent_lists.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace sae::cpu {

void LatentLists::plan(MemoryPlan& plan, const Shape& shape) {
  plan.add(start_, shape.padded_d_sae + 1);
  plan.add(row_, shape.batch_size * shape.k);
  plan.add(value_, shape.batch_size * shape.k);
  plan.add(latent_gradient_, shape.batch_size * shape.k);
  plan.add(group_, shape.groups);
}

// A counting sort. start_[j + 1] is first the number of entries of j, then where the next one goes, at last where j ends.
void LatentLists::build(const Shape& shape, const int32_t* indices, const float* values, int64_t rows) {
  std::memset(start_.data(), 0, static_cast<size_t>(start_.size()) * sizeof(int64_t));
  const int64_t entries = rows * shape.k;
  for (int64_t i = 0; i < entries; ++i) start_[indices[i] + 1] += !shape.relu || values[i] != 0;
  int64_t sum = 0;
  for (int64_t j = 0; j < shape.padded_d_sae; ++j) {
    const int64_t count = start_[j + 1];
    start_[j + 1] = sum;
    sum += count;
  }
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = r * shape.k; i < (r + 1) * shape.k; ++i) {
      if (shape.relu && values[i] == 0) continue;
      const int64_t place = start_[indices[i] + 1]++;
      row_[place] = static_cast<int32_t>(r);
      value_[place] = values[i];
    }
  }
  const auto entries_of = [&](int32_t group) { return begin((group + 1) * kGroup) - begin(group * kGroup); };
  std::iota(group_.data(), group_.data() + shape.groups, 0);
  std::sort(group_.data(), group_.data() + shape.groups, [&](int32_t a, int32_t b) {
    return entries_of(a) != entries_of(b) ? entries_of(a) > entries_of(b) : a < b;
  });
}

}  // namespace sae::cpu
