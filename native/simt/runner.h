// The state of the fibre runtime, shared by its own files: runtime.cpp runs blocks, collectives.cpp lets threads meet.
#pragma once

#include <array>
#include <cstdlib>
#include <list>
#include <memory>
#include <vector>

#include "fiber.h"
#include "runtime.h"
#include "schedule.h"

// The runtime is never compiled with -fsanitize=thread; it tells ThreadSanitizer which events order memory.
#ifdef SIMT_THREAD_SANITIZER
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
constexpr bool kThreadSanitizer = true;
#else
inline void __tsan_acquire(void*) {}
inline void __tsan_release(void*) {}
constexpr bool kThreadSanitizer = false;
#endif

namespace simt {

constexpr unsigned kWarp = 32;
constexpr unsigned kMostBlockThreads = 1024;

struct Barrier {
  uint32_t generation = 0;
  unsigned arrived = 0;
  Site site{};
};

// One warp collective. Two generations of values: a lane may come to the next one before all have read this one's.
struct Meeting {
  uint32_t mask = 0, arrived = 0, generation = 0;
  int unread = 0;
  Collective kind{};
  Site site{};
  WarpValue in[2][kWarp], out[2][kWarp];
};

struct Warp {
  Meeting meetings[4];  // disjoint masks may meet at the same time
};

struct SharedArray {
  const void* key;
  uint64_t block;
  size_t bytes;
  std::unique_ptr<unsigned char, decltype(&std::free)> data;
};

// The running one.
struct Block {
  uint64_t number = 0;
  Barrier barrier;
  unsigned alive = 0;
  std::vector<Warp> warps;
  std::list<SharedArray> arrays;  // grows without moving: a fibre must not free what another allocated
};

// A thread's asynchronous copies that have not arrived: a ring, each with the number of its group.
struct Copies {
  static constexpr unsigned kMost = 64;
  Copy copy[kMost];
  unsigned group[kMost];
  unsigned first, count, groups;
};

struct FiberThread : Thread {
  Fiber* fiber = nullptr;
  bool done = false;
  size_t dynamic_bytes = 0;  // shared memory that the launch adds
  Copies copies{};
  const uint32_t* awaited = nullptr;  // runnable once *awaited differs from seen
  uint32_t seen = 0;
  Site site{};
  bool runnable() const { return !done && (!awaited || *awaited != seen); }
};

// More than a block may have threads: ThreadSanitizer takes it for an order between two blocks if they share fibres.
// There, the blocks of a launch use one part of the fibres after another.
constexpr unsigned kFibers = 2 * kMostBlockThreads;

// Fibres with their stacks, made when first needed. A fibre that has finished its thread is ready for another.
class FiberPool {
 public:
  ~FiberPool();
  Fiber& at(unsigned number);

 private:
  std::array<Fiber, kFibers> fibers_;
  unsigned char* stacks_ = nullptr;
};

// What one OS thread needs to run grids.
struct Runner {
  std::vector<FiberThread> threads;      // of the running block, by rank
  std::vector<unsigned> turns, turn_of;  // turns[i] is the rank whose turn is i-th; turn_of is its inverse
  FiberPool pool;
  unsigned next_fiber = 0;
  FiberThread host;  // the OS thread itself
  Fiber host_fiber;
  Block block;
  const std::function<void()>* body = nullptr;
  const char* kernel = "";
};

Runner& runner();

// Suspends the running thread until *counter is no longer `seen`; other lanes of its warp go first where it waits for
// them.
void wait_until_changed(const uint32_t* counter, uint32_t seen, Site site, bool own_warp_first);

// The running thread.
inline FiberThread& self() { return *static_cast<FiberThread*>(current); }

inline void open_barrier(Barrier& barrier) {
  barrier.arrived = 0;
  ++barrier.generation;
}

}  // namespace simt
