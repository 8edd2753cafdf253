// What simt.h says of the CUDA language, and graphs, on kernels small enough to work out by hand.

#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include "templates/async_copy.cuh"
#include "templates/tensor_core.cuh"

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

// Copies arrive by the wait that asks for their group, zeros where nothing is to be copied.
__global__ void copy_kernel(const float* in, float* out) {
  DYNAMIC_SHARED(float, words);
  float* mine = words + 8 * threadIdx.x;
  sae::copy16(mine, in + 4 * threadIdx.x, true);
  sae::commit_copies();
  sae::copy16(mine + 4, nullptr, false);
  sae::commit_copies();
  sae::wait_for_copies<1>();
  for (int i = 0; i < 4; ++i) out[8 * threadIdx.x + i] = mine[i];
  sae::wait_for_copies<0>();
  for (int i = 4; i < 8; ++i) out[8 * threadIdx.x + i] = mine[i];
}

__global__ void count_kernel(int* out) {
  atomicAdd(&out[0], 1);
  atomicMin(&out[1], -static_cast<int>(threadIdx.x));
}

// d [16, 8] = c + a b for a [16, 16] and b [16, 8]: each lane takes its shares by the formulas of the PTX ISA for
// element i of a fragment, and gives back its share of d.
__global__ void mma_kernel(const float* a, const float* b, const float* c, float* d) {
  const int lane = static_cast<int>(threadIdx.x), group = lane >> 2, in_group = lane % 4;
  float of_a[8], of_b[4], of_d[4];
  const auto d_row = [&](int i) { return i < 2 ? group : group + 8; };
  const auto d_column = [&](int i) { return in_group * 2 + (i & 1); };
  for (int i = 0; i < 8; ++i) {
    const int row = (i >= 0 && i < 2) || (i >= 4 && i < 6) ? group : group + 8;
    const int column = i < 4 ? in_group * 2 + (i & 1) : in_group * 2 + (i & 1) + 8;
    of_a[i] = a[row * 16 + column];
  }
  for (int i = 0; i < 4; ++i) {
    const int row = i < 2 ? in_group * 2 + (i & 1) : in_group * 2 + (i & 1) + 8;
    of_b[i] = b[row * 8 + group];
    of_d[i] = c[d_row(i) * 8 + d_column(i)];
  }
  uint32_t words_of_a[4], words_of_b[2];
  for (int i = 0; i < 4; ++i) words_of_a[i] = sae::pack_bf16(of_a[2 * i], of_a[2 * i + 1]);
  for (int i = 0; i < 2; ++i) words_of_b[i] = sae::pack_bf16(of_b[2 * i], of_b[2 * i + 1]);
  sae::mma_m16n8k16(of_d, words_of_a, words_of_b);
  for (int i = 0; i < 4; ++i) d[d_row(i) * 8 + d_column(i)] = of_d[i];
}

struct Device {
  sae::device::Stream stream = sae::device::create_stream();
  ~Device() { sae::device::destroy_stream(stream); }
};

void test_indices(Device& device) {
  std::vector<int> out(2 * 3 * 4 * 5 * 2 * 3, 0);
  int* p = out.data();
  sae::launch("indices", indices_kernel, {dim3(2, 3, 4), dim3(5, 2, 3)}, device.stream, p);
  for (int b = 0; b < 24; ++b) {
    for (int t = 0; t < 30; ++t) check(out[b * 30 + t] == b * 1000 + t, "every thread of every block runs once");
  }
}

void test_barriers(Device& device) {
  std::vector<int> out(kThreads, -1);
  int* p = out.data();
  sae::launch("reverse", reverse_kernel, {dim3(1), dim3(kThreads)}, device.stream, p);
  for (int t = 0; t < kThreads; ++t)
    check(out[t] == kThreads - 1 - t, "a barrier lets all see what was written before");
  sae::launch("early_return", early_return_kernel, {dim3(1), dim3(kThreads)}, device.stream, p);
  for (int t = 0; t < 40; ++t) check(out[t] == 7, "returned threads count as arrived");
}

void test_warps(Device& device) {
  std::vector<int> out(8 * kThreads, -1);
  int* p = out.data();
  sae::launch("warp", warp_kernel, {dim3(1), dim3(kThreads)}, device.stream, p);
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
  sae::launch("syncwarp", syncwarp_kernel, {dim3(1), dim3(kThreads)}, device.stream, p);
  for (int t = 0; t < kThreads; ++t) check(out[t] == (t ^ 31), "syncwarp");
}

void test_copies(Device& device) {
  std::vector<float> in(4 * kThreads), out(8 * kThreads, -1.0f);
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i);
  const float* from = in.data();
  float* p = out.data();
  sae::launch("copy", copy_kernel, {dim3(1), dim3(kThreads), sizeof(float) * 8 * kThreads}, device.stream, from, p);
  for (int i = 0; i < 8 * kThreads; ++i) {
    check(out[i] == (i % 8 < 4 ? static_cast<float>(i / 8 * 4 + i % 4) : 0.0f), "asynchronous copies");
  }
}

void test_graph(Device& device) {
  int out[2] = {0, 0};
  int* p = out;
  sae::device::begin_capture(device.stream);
  sae::launch("count", count_kernel, {dim3(3), dim3(32)}, device.stream, p);
  sae::launch("count", count_kernel, {dim3(1), dim3(4)}, device.stream, p);
  const sae::device::Graph graph = sae::device::end_capture(device.stream);
  check(out[0] == 0, "recording runs nothing");
  for (int i = 0; i < 3; ++i) sae::device::replay(graph, device.stream);
  check(out[0] == 300, "a replay runs all launches");
  check(out[1] == -31, "atomicMin");
  sae::device::destroy_graph(graph);
}

// Against the two bf16 on either side of x.
void test_bf16() {
  std::mt19937 random(7);
  for (int n = 0; n < 100000; ++n) {
    uint32_t bits = random();
    if (n % 4 == 0) bits = (bits & 0xffff0000u) | 0x8000u;  // half way
    const float x = __uint_as_float(bits);
    const uint32_t word = sae::pack_bf16(x, -x);
    const float rounded = sae::low_of(word), opposite = sae::high_of(word);
    check(std::isnan(x) ? std::isnan(opposite) : opposite == -rounded, "pack_bf16 rounds both halves alike");
    if (!std::isfinite(x)) {
      check(std::isnan(x) ? std::isnan(rounded) : rounded == x, "bf16 keeps infinity and NaN");
      continue;
    }
    const float below = __uint_as_float(bits & 0xffff0000u);  // toward zero
    const double step = std::ldexp(1.0, std::max(std::ilogb(below == 0 ? FLT_MIN : below), -126) - 7);
    const double above = std::copysign(std::fabs(static_cast<double>(below)) + step, below);
    const double to_below = std::fabs(static_cast<double>(x) - below), to_above = std::fabs(above - x);
    const bool up = to_above < to_below || (to_above == to_below && bits >> 16 & 1);
    check(rounded == (up ? static_cast<float>(above) : below), "bf16 rounds to nearest, ties to even");
  }
}

void test_mma(Device& device) {
  std::mt19937 random(8);
  // Whole numbers that are exact in bf16, and their sums in float.
  const auto whole = [&](int count) {
    std::vector<float> numbers(count);
    for (float& n : numbers) n = static_cast<float>(static_cast<int>(random() % 201) - 100);
    return numbers;
  };
  const std::vector<float> a = whole(16 * 16), b = whole(16 * 8), c = whole(16 * 8);
  std::vector<float> d(16 * 8);
  const float *pa = a.data(), *pb = b.data(), *pc = c.data();
  float* pd = d.data();
  sae::launch("mma", mma_kernel, {dim3(1), dim3(32)}, device.stream, pa, pb, pc, pd);
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 8; ++column) {
      float sum = c[row * 8 + column];
      for (int k = 0; k < 16; ++k) sum += a[row * 16 + k] * b[k * 8 + column];
      check(d[row * 8 + column] == sum, "mma_m16n8k16");
    }
  }
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
    test_copies(device);
    test_bf16();
    test_mma(device);
    test_graph(device);
  }
  std::printf("language_test: %s\n", failures ? "failed" : "passed");
  return failures ? 1 : 0;
}
