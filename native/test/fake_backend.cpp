// A backend library for border_test: it cannot describe itself, and throws what it is told to throw. Its data sets are
// empty.
#include <new>

#include "../src/backend.h"

extern "C" SAE_API void sae_describe_backend(std::string&) {
  throw sae::Error(SAE_ERR_UNAVAILABLE, "the fake backend cannot run here");
}

extern "C" SAE_API sae::Data* sae_create_data(const float*, int64_t, int32_t d_in, int32_t) {
  if (d_in == 1) throw sae::Error(SAE_ERR_MEMORY, "the fake device is full");
  return new sae::Data;
}

extern "C" SAE_API sae::Backend* sae_create_backend(const sae_config& config) {
  if (config.d_in == 1) throw sae::Error(SAE_ERR_DEVICE, "the fake device failed");
  if (config.d_in == 2) throw std::bad_alloc();
  if (config.d_in == 3) throw std::runtime_error("a defect");
  throw 4;
}
