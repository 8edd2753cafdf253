#include "parameters.h"

#include <algorithm>
#include <cstring>

namespace sae::cpu {
namespace {

// Calls copy(element of the row-major [d_sae, d_in], its place in panels, its place in tiles) for all elements.
template <class Copy>
void for_each_weight(const Shape& shape, ThreadPool& pool, const Copy& copy) {
  pool.run(shape.groups, [&](int64_t group, int) {
    const int64_t last = std::min(shape.d_sae, (group + 1) * kGroup);
    for (int64_t j = group * kGroup; j < last; ++j) {
      for (int64_t c = 0; c < shape.d_in; ++c) {
        copy(j * shape.d_in + c, (j / shape.panel * shape.padded_d_in + c) * shape.panel + j % shape.panel,
             (c / shape.tile * shape.padded_d_sae + j) * shape.tile + c % shape.tile);
      }
    }
  });
}

}  // namespace

void Parameters::plan(MemoryPlan& plan, const Shape& shape) {
  plan.add(w_enc, shape.padded_d_sae * shape.padded_d_in);
  plan.add(b_enc, shape.padded_d_sae);
  plan.add(w_dec, shape.padded_d_sae * shape.padded_d_in);
  plan.add(b_dec, shape.padded_d_in);
}

void Parameters::read(const sae_tensors& from, const Shape& shape, ThreadPool& pool) {
  for_each_weight(shape, pool, [&](int64_t element, int64_t panel, int64_t tile) {
    w_enc[panel] = from.w_enc[element];
    w_dec[tile] = from.w_dec[element];
  });
  std::memcpy(b_enc.data(), from.b_enc, static_cast<size_t>(shape.d_sae) * sizeof(float));
  std::memcpy(b_dec.data(), from.b_dec, static_cast<size_t>(shape.d_in) * sizeof(float));
}

void Parameters::write(const sae_tensors& to, const Shape& shape, ThreadPool& pool) const {
  for_each_weight(shape, pool, [&](int64_t element, int64_t panel, int64_t tile) {
    to.w_enc[element] = w_enc[panel];
    to.w_dec[element] = w_dec[tile];
  });
  std::memcpy(to.b_enc, b_enc.data(), static_cast<size_t>(shape.d_sae) * sizeof(float));
  std::memcpy(to.b_dec, b_dec.data(), static_cast<size_t>(shape.d_in) * sizeof(float));
}

}  // namespace sae::cpu
