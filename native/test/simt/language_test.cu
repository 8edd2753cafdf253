// What simt.h says of the CUDA language, and graphs, on kernels small enough to work out by hand.

#include <cstdio>
#include <vector>

#include "cluster.cuh"

namespace {

int failures = 0;

void check(bool condition, const char* what) {
  if (condition) return;
  ++failures;
  std::fprintf(stderr, "language_test: %s\n", what);
}

constexpr int kThreads = 96;
using sae::kFullWarp;

__global__ void indices_kernel(int* out) {
  const int block = static_cast<int>((blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x);
  const int thread = static_cast<int>((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x);
  out[block * static_cast<int>(blockDim.x * blockDim.y * blockDim.z) + thread] += block * 1000 + thread;
}

__global__ void reverse_kernel(int* out) {
  SHARED_ARRAY(int, words, kThreads);
  words[threadIdx.x] = static_cast<int>(threadIdx.x);
  __syncthreads();
  out[threadIdx.x] = words[kThreads - 1 - threadIdx.x];
}

// A thread that has returned counts as arrived.
__global__ void early_return_kernel(int* out) {
  if (threadIdx.x >= 40) return;
  SHARED_ARRAY(int, word, 1);
  if (threadIdx.x == 39) word[0] = 7;
  __syncthreads();
  out[threadIdx.x] = word[0];
}

__global__ void warp_kernel(int* out) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int value = static_cast<int>(threadIdx.x);
  int* mine = out + 8 * threadIdx.x;
  mine[0] = static_cast<int>(__ballot_sync(kFullWarp, lane % 3 == 0));
  mine[1] = static_cast<int>(__reduce_add_sync(kFullWarp, static_cast<uint32_t>(value)));
  mine[2] = __shfl_sync(kFullWarp, value, 5);
  mine[3] = __shfl_up_sync(kFullWarp, value, 4);
  mine[4] = __shfl_xor_sync(kFullWarp, value, 1);
  mine[5] = 0;
  mine[6] = 0;
  // The two halves of a warp may meet apart.
  if (lane < 16) {
    mine[5] = static_cast<int>(__ballot_sync(0x0000ffffu, 1));
  } else {
    mine[6] = static_cast<int>(__ballot_sync(0xffff0000u, lane > 20));
  }
  mine[7] = static_cast<int>(sae::warp_sum(1.5) * 2);
}

// Lanes of one warp may pass words through shared memory with __syncwarp alone.
__global__ void syncwarp_kernel(int* out) {
  SHARED_ARRAY(int, words, kThreads);
  words[threadIdx.x] = static_cast<int>(threadIdx.x);
  __syncwarp();
  out[threadIdx.x] = words[threadIdx.x ^ 31u];
}

__global__ void count_kernel(int* out) {
  atomicAdd(&out[0], 1);
  atomicMin(&out[1], -static_cast<int>(threadIdx.x));
}

// Each block of a cluster reads what the next one wrote. Threads that have returned count as arrived.
__global__ void cluster_kernel(int* out) {
  SHARED_ARRAY(int, words, kThreads);
  const int rank = sae::cluster_rank(), size = sae::cluster_size(), thread = static_cast<int>(threadIdx.x);
  if (thread >= kThreads / 2) return;
  words[thread] = 1000 * static_cast<int>(blockIdx.x) + thread;
  sae::cluster_sync();
  out[static_cast<int>(blockIdx.x) * kThreads + thread] = *sae::map_shared(words + thread, (rank + 1) % size);
  sae::cluster_sync();
}

struct Device {
  sae::device::Stream stream = sae::device::create_stream();
  ~Device() { sae::device::destroy_stream(stream); }
};

void test_indices(Device& device) {
  std::vector<int> out(2 * 3 * 4 * 5 * 2 * 3, 0);
  int* p = out.data();
  LAUNCH(indices_kernel, dim3(2, 3, 4), dim3(5, 2, 3), device.stream, p);
  for (int b = 0; b < 24; ++b) {
    for (int t = 0; t < 30; ++t) check(out[b * 30 + t] == b * 1000 + t, "every thread of every block runs once");
  }
}

void test_barriers(Device& device) {
  std::vector<int> out(kThreads, -1);
  int* p = out.data();
  LAUNCH(reverse_kernel, dim3(1), dim3(kThreads), device.stream, p);
  for (int t = 0; t < kThreads; ++t) check(out[t] == kThreads - 1 - t, "a barrier lets all see what was written before");
  LAUNCH(early_return_kernel, dim3(1), dim3(kThreads), device.stream, p);
  for (int t = 0; t < 40; ++t) check(out[t] == 7, "returned threads count as arrived");
}

void test_warps(Device& device) {
  std::vector<int> out(8 * kThreads, -1);
  int* p = out.data();
  LAUNCH(warp_kernel, dim3(1), dim3(kThreads), device.stream, p);
  for (int t = 0; t < kThreads; ++t) {
    const int lane = t % 32, first = t - lane;
    const int* mine = p + 8 * t;
    check(mine[0] == 0x49249249, "ballot");
    check(mine[1] == 32 * first + 496, "reduce_add");
    check(mine[2] == first + 5, "shfl");
    check(mine[3] == (lane < 4 ? t : t - 4), "shfl_up keeps a lane's own value at the border");
    check(mine[4] == (t ^ 1), "shfl_xor");
    check(mine[5] == (lane < 16 ? 0xffff : 0), "ballot of the lower half");
    check(mine[6] == static_cast<int>(lane < 16 ? 0u : 0xffe00000u), "ballot of the upper half");
    check(mine[7] == 96, "warp_sum");
  }
}

void test_syncwarp(Device& device) {
  std::vector<int> out(kThreads, -1);
  int* p = out.data();
  LAUNCH(syncwarp_kernel, dim3(1), dim3(kThreads), device.stream, p);
  for (int t = 0; t < kThreads; ++t) check(out[t] == (t ^ 31), "syncwarp");
}

void test_clusters(Device& device) {
  for (const int size : {1, 2, 4, 8}) {
    std::vector<int> out(16 * kThreads, -1);
    int* p = out.data();
    LAUNCH_CLUSTERS(cluster_kernel, dim3(16), dim3(kThreads), static_cast<unsigned>(size), device.stream, p);
    for (int block = 0; block < 16; ++block) {
      const int next = block / size * size + (block + 1) % size;
      for (int t = 0; t < kThreads / 2; ++t) {
        check(out[block * kThreads + t] == 1000 * next + t, "a block reads the shared memory of another");
      }
    }
  }
}

void test_graph(Device& device) {
  int out[2] = {0, 0};
  int* p = out;
  sae::device::begin_capture(device.stream);
  LAUNCH(count_kernel, dim3(3), dim3(32), device.stream, p);
  LAUNCH(count_kernel, dim3(1), dim3(4), device.stream, p);
  const sae::device::Graph graph = sae::device::end_capture(device.stream);
  check(out[0] == 0, "recording runs nothing");
  for (int i = 0; i < 3; ++i) sae::device::replay(graph, device.stream);
  check(out[0] == 300, "a replay runs all launches");
  check(out[1] == -31, "atomicMin");
  sae::device::destroy_graph(graph);
}

}  // namespace

int main() {
  Device device;
  for (const simt::Order order : {simt::Order::kForward, simt::Order::kReverse, simt::Order::kRandom}) {
    simt::set_order(order, 3);
    test_indices(device);
    test_barriers(device);
    test_warps(device);
    test_syncwarp(device);
    test_clusters(device);
    test_graph(device);
  }
  std::printf("language_test: %s\n", failures ? "failed" : "passed");
  return failures ? 1 : 0;
}
