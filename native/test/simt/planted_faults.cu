// Kernels that are wrong on purpose: each fault must be seen by the harness, or its silence elsewhere means nothing.
// planted_faults <fault>: runs that one; ctest expects the words that name it.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "templates/async_copy.cuh"

namespace {

constexpr int kThreads = 64;

// Each thread reads its neighbour's word with no barrier between.
__global__ void missing_barrier_kernel(float* out) {
  SHARED_ARRAY(float, words, kThreads);
  words[threadIdx.x] = 0.0f;
  __syncthreads();
  words[threadIdx.x] = static_cast<float>(threadIdx.x);
  out[threadIdx.x] = words[(threadIdx.x + 1) % kThreads];
}

// Each thread reads what it has copied, with a barrier but without waiting for the copy.
__global__ void missing_async_wait_kernel(float* out) {
  SHARED_ARRAY(float, words, 4 * kThreads);
  sae::copy16(words + 4 * threadIdx.x, out, false);
  sae::commit_copies();
  __syncthreads();
  out[threadIdx.x] = words[4 * threadIdx.x];
}

__global__ void unwritten_shared_kernel(float* out) {
  SHARED_ARRAY(float, words, kThreads);
  if (threadIdx.x > 0) words[threadIdx.x] = 1.0f;
  __syncthreads();
  out[threadIdx.x] = words[threadIdx.x];
}

__global__ void divergent_barrier_kernel(float* out) {
  if (threadIdx.x < 7) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  out[threadIdx.x] = 1.0f;
}

__global__ void missing_lane_kernel(float* out) {
  if (threadIdx.x != 5) out[threadIdx.x] = static_cast<float>(__ballot_sync(0xffffffffu, 1));
}

__global__ void foreign_lane_kernel(float* out) {
  if (threadIdx.x < 16) out[threadIdx.x] = __shfl_sync(0x0000ffffu, 1.0f, 20);
}

__global__ void shared_overrun_kernel(float* out) {
  SHARED_ARRAY(float, words, kThreads);
  words[threadIdx.x] = 1.0f;
  __syncthreads();
  out[threadIdx.x] = words[threadIdx.x + 1];
}

__global__ void global_overrun_kernel(float* out) { out[threadIdx.x + 1] = 1.0f; }

// All blocks write one word and nothing orders them.
__global__ void block_race_kernel(float* out) {
  if (threadIdx.x == 0) out[0] = static_cast<float>(blockIdx.x);
}

std::vector<float> run(void (*kernel)(float*), unsigned blocks = 1) {
  sae::device::Stream stream = sae::device::create_stream();
  float* out = static_cast<float*>(sae::device::allocate(kThreads * sizeof(float)));
  sae::launch("kernel", kernel, {dim3(blocks), dim3(kThreads)}, stream, out);
  std::vector<float> result(out, out + kThreads);
  sae::device::release(out);
  sae::device::destroy_stream(stream);
  return result;
}

bool any_nan(const std::vector<float>& values) {
  return std::any_of(values.begin(), values.end(), [](float v) { return std::isnan(v); });
}

void compare_schedules(void (*kernel)(float*)) {
  simt::set_order(simt::Order::kForward, 1);
  const std::vector<float> forward = run(kernel);
  simt::set_order(simt::Order::kReverse, 1);
  if (run(kernel) != forward) std::puts("schedules disagree");
}

}  // namespace

int main(int count, char** arguments) {
  std::signal(SIGABRT, [](int) { std::_Exit(3); });  // ctest counts a signal as a failure whatever was printed
  const std::string fault = count > 1 ? arguments[1] : "";
  if (fault == "missing_barrier") compare_schedules(missing_barrier_kernel);
  if (fault == "unwritten_shared" && std::isnan(run(unwritten_shared_kernel)[0])) std::puts("reads NaN");
  if (fault == "divergent_barrier") run(divergent_barrier_kernel);
  if (fault == "missing_lane") run(missing_lane_kernel);
  if (fault == "foreign_lane") run(foreign_lane_kernel);
  if (fault == "shared_overrun") run(shared_overrun_kernel);
  if (fault == "global_overrun") run(global_overrun_kernel);
  if (fault == "missing_async_wait") {
    for (const simt::Order order : {simt::Order::kForward, simt::Order::kReverse}) {
      simt::set_order(order, 1);
      if (any_nan(run(missing_async_wait_kernel))) std::puts("reads NaN");
    }
  }
  if (fault == "block_race") run(block_race_kernel, 2);
  return 0;
}
