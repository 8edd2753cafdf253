// Finds a backend by its name: "cpu" is part of this library, every other one is a shared library of its own.
#pragma once

#include <string>

#include "backend.h"

namespace sae {

struct BackendEntry {
  decltype(&sae_describe_backend) describe;
  decltype(&sae_create_data) create_data;
  decltype(&sae_create_backend) create;
};

// Throws Error: SAE_ERR_INVALID for a name that no backend has, SAE_ERR_UNAVAILABLE where its library cannot be used.
BackendEntry find_backend(const std::string& name);

}  // namespace sae
