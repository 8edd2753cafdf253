// common.cuh: what every kernel file uses. The kernels are compiled twice: by nvcc for a GPU, and by the host C++
// compiler onto the fibre runtime of native/simt, where tests run them. The few places where the two differ are here.
// A block's shared memory is SHARED_ARRAYs, and where its launch asks for more one DYNAMIC_SHARED array, which may be
// larger than the 48 KB that the others must fit in.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "device/device.h"

#ifdef __CUDACC__

#include <cuda_runtime.h>

namespace sae::device {
void check_launch(cudaError_t result, const char* kernel);  // throws if the launch was refused
void allow_shared(const void* kernel, size_t bytes);        // throws if the device has not that much for a block
}  // namespace sae::device
#define SHARED_ARRAY(type, name, count) __shared__ __align__(16) type name[count]
#define DYNAMIC_SHARED(type, name) extern __shared__ __align__(128) type name[]

#else

#include "device_simt.h"
#include "simt.h"

#define SHARED_ARRAY(type, name, count) \
  static const char name##_key = 0;     \
  type* const name = static_cast<type*>(simt::shared_array(&name##_key, sizeof(type) * (count)))
#define DYNAMIC_SHARED(type, name) type* const name = static_cast<type*>(simt::dynamic_shared())

#endif

namespace sae {

struct LaunchShape {
  dim3 grid, block;
  size_t shared_bytes = 0;  // dynamic, of a block
};

// Gives the kernel to the stream; `name` must outlive every replay of a graph that records it. Braces: no argument is
// narrowed. Without programmatic dependent launch, which is slower on tensor cores (docs/tried.md).
template <class... Parameters, class... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), const LaunchShape& shape, device::Stream stream,
            const Arguments&... arguments) {
#ifdef __CUDACC__
  if (shape.shared_bytes > 0) device::allow_shared(reinterpret_cast<const void*>(kernel), shape.shared_bytes);
  cudaLaunchConfig_t config = {};
  config.gridDim = shape.grid;
  config.blockDim = shape.block;
  config.dynamicSmemBytes = shape.shared_bytes;
  config.stream = stream;
  device::check_launch(cudaLaunchKernelEx(&config, kernel, Parameters{arguments}...), name);
#else
  device::launch(stream, name, shape.grid, shape.block, [=, bytes = shape.shared_bytes] {
    simt::add_dynamic_shared(bytes);
    kernel(Parameters{arguments}...);
  });
#endif
}

constexpr unsigned kFullWarp = 0xffffffffu;

__host__ __device__ constexpr int div_up(int a, int b) { return (a + b - 1) / b; }

__device__ __forceinline__ float4 load4(const float* p) { return __ldg(reinterpret_cast<const float4*>(p)); }
__device__ __forceinline__ void store4(float* p, float4 v) { *reinterpret_cast<float4*>(p) = v; }

// A multiply and an add rounded once: written out wherever a sum is meant to be fused, because the kernels are compiled
// without contraction, so that a GPU and the fibre runtime give the same bits.
__device__ __forceinline__ float4 fma4(float a, float4 b, float4 c) {
  return make_float4(fmaf(a, b.x, c.x), fmaf(a, b.y, c.y), fmaf(a, b.z, c.z), fmaf(a, b.w, c.w));
}
__device__ __forceinline__ float4 add4(float4 a, float4 b) {
  return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w);
}
__device__ __forceinline__ float4 subtract4(float4 a, float4 b) {
  return make_float4(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w);
}
__device__ __forceinline__ float4 zero4() { return make_float4(0.0f, 0.0f, 0.0f, 0.0f); }

// The sum of the warp's values in every lane, added as a fixed tree.
template <class T>
__device__ __forceinline__ T warp_sum(T value) {
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) value += __shfl_xor_sync(kFullWarp, value, lanes);
  return value;
}

// The sum of the values of this lane and of those before it in the warp.
__device__ __forceinline__ int warp_prefix_sum(int value) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
  for (int delta = 1; delta < 32; delta *= 2) {
    const int before = __shfl_up_sync(kFullWarp, value, delta);
    if (lane >= delta) value += before;
  }
  return value;
}

// The sum over a block of kThreads threads, in thread 0, added as a fixed tree.
template <int kThreads>
__device__ __forceinline__ double block_sum(double value) {
  SHARED_ARRAY(double, warp_totals, kThreads / 32);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  __syncthreads();  // the array may still be read from an earlier call
  value = warp_sum(value);
  if (lane == 0) warp_totals[warp] = value;
  __syncthreads();
  double total = 0.0;
  if (threadIdx.x == 0) {
    for (int w = 0; w < kThreads / 32; ++w) total += warp_totals[w];
  }
  return total;
}

}  // namespace sae
