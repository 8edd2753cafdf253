// Runs one CUDA grid on the calling thread: every CUDA thread is a fibre, blocks run one after another.
// Kernels do not include this; simt.h shows them the CUDA language on top of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

struct uint3 {
  unsigned x, y, z;
};

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

namespace simt {

// What a running CUDA thread can ask about itself.
struct Thread {
  uint3 thread_index, block_index;
  dim3 block_size, grid_size;
  unsigned rank;  // in the block
  unsigned lane, warp;
};

// The running CUDA thread, or nullptr outside of kernels. __thread: thread_local would add a call to every access.
extern __thread Thread* current;

// The order in which blocks run and in which threads of a block get their turn. A right kernel gives the same bits
// under every one of them. The start value is read from SIMT_ORDER: forward, reverse, random or random:<seed>.
enum class Order { kForward, kReverse, kRandom };
void set_order(Order order, uint64_t seed);

// Runs body once as every thread of the grid.
void run_grid(const char* kernel, dim3 grid, dim3 block, const std::function<void()>& body);

// Where in the source a collective was called; for reports and to tell one __syncthreads from another.
struct Site {
  const char* file;
  int line;
};

// All live threads of the block meet at one site; a thread that has returned counts as arrived (as in PTX).
void block_barrier(Site site);

// The lanes in mask meet. Each brings `in` and leaves with `out`; what `out` holds follows from the kind.
enum class Collective { kSync, kBallot, kAdd, kShuffle, kMatrixMultiplyAdd };
// A lane's share of d [16, 8] += a [16, 16] b [16, 8], laid out as in PTX's mma.m16n8k16 for bf16.
struct MatrixFragments {
  uint32_t a[4], b[2];
  float d[4];
};
struct WarpValue {
  uint32_t words[4];
  uint32_t source_lane;                  // of kShuffle
  MatrixFragments* fragments = nullptr;  // of kMatrixMultiplyAdd: on the lane's own stack, d is changed there
};
void warp_collective(Collective kind, uint32_t mask, const WarpValue& in, WarpValue& out, Site site);

// The running block's shared array named by `key`: made at the first call, filled with NaN, freed when the block ends.
void* shared_array(const void* key, size_t bytes);

// In the same way, the array of as many bytes as the launch adds to them, which is what a thread begins with.
void add_dynamic_shared(size_t bytes);
void* dynamic_shared();

// The running thread's asynchronous copies of four floats, in groups that end with commit_copies().
struct Copy {
  float* to;
  const float* from;  // nullptr: zeros
};
bool deferred();  // whether copies wait for their wait
void defer_copy(Copy copy);
void commit_copies();
// The oldest copy that waits in a group which is not among the latest `pending`; false: there is none.
bool next_arrival(unsigned pending, Copy& copy);

// Reports a kernel's fault with the running thread's place and aborts.
[[noreturn]] void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace simt
