// How a launch of common.cuh reaches the fibre runtime.
#pragma once

#include <functional>

#include "device/device.h"
#include "runtime.h"

namespace sae::device {
// `kernel` must outlive every replay of a graph that records it; a string literal does.
void launch(Stream stream, const char* kernel, dim3 grid, dim3 block, std::function<void()> body);
}  // namespace sae::device
