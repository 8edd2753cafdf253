// A data set made without the border, for tests that are linked with the kernels.
#pragma once

#include <memory>
#include <vector>

#include "backend.h"

namespace test {

inline std::shared_ptr<const sae::Data> data_of(const std::vector<float>& x, const sae_config& c) {
  return std::shared_ptr<const sae::Data>(
      sae_create_data(x.data(), static_cast<int64_t>(x.size()) / c.d_in, c.d_in, c.threads));
}

}  // namespace test
