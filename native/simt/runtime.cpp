#include "runtime.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "fiber.h"

// This file is never compiled with -fsanitize=thread; it tells ThreadSanitizer which events order memory.
#ifdef SIMT_THREAD_SANITIZER
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
constexpr bool kThreadSanitizer = true;
#else
static void __tsan_acquire(void*) {}
static void __tsan_release(void*) {}
constexpr bool kThreadSanitizer = false;
#endif

namespace simt {
__thread Thread* current = nullptr;

namespace {

constexpr unsigned kWarp = 32;
constexpr uint32_t kPoison = 0x7fc0dead;  // a NaN

struct Schedule {
  Order order = Order::kForward;
  uint64_t seed = 1;
};

Schedule schedule_from_environment() {
  const char* text = std::getenv("SIMT_ORDER");
  Schedule schedule;
  if (!text || !std::strcmp(text, "forward")) return schedule;
  if (!std::strcmp(text, "reverse")) {
    schedule.order = Order::kReverse;
  } else if (!std::strncmp(text, "random", 6) && (text[6] == 0 || text[6] == ':')) {
    schedule.order = Order::kRandom;
    if (text[6] == ':') schedule.seed = std::strtoull(text + 7, nullptr, 10);
  } else {
    fail("SIMT_ORDER is forward, reverse, random or random:<seed>, not %s", text);
  }
  return schedule;
}

Schedule& schedule() {
  static Schedule value = schedule_from_environment();
  return value;
}

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
  std::unique_ptr<unsigned char, decltype(&std::free)> data;
};

struct Block {
  uint64_t number = 0;
  Barrier barrier;
  unsigned alive = 0;
  std::vector<Warp> warps;
  std::list<SharedArray> arrays;  // grows without moving: a fibre must not free what another allocated
};

struct FiberThread : Thread {
  Fiber* fiber = nullptr;
  bool done = false;
  const uint32_t* awaited = nullptr;  // runnable once *awaited differs from seen
  uint32_t seen = 0;
  Site site{};
  bool runnable() const { return !done && (!awaited || *awaited != seen); }
};

// As many as a block may have threads. ThreadSanitizer takes it for an order between two blocks if they share fibres:
// there, the blocks of a launch use one part of the fibres after another.
constexpr unsigned kFibers = 1024;

// Fibres with their stacks, made when first needed. A fibre that has finished its thread is ready for another.
class FiberPool {
 public:
  ~FiberPool() {
    if (stacks_) munmap(stacks_, kFibers * kStackBytes);
  }
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
  FiberThread host;                      // the OS thread itself
  Fiber host_fiber;
  Block block;
  const std::function<void()>* body = nullptr;
  const char* kernel = "";
};

Runner& runner() {
  static thread_local Runner value;
  return value;
}

FiberThread* me() { return static_cast<FiberThread*>(current); }

void switch_to(FiberThread& from, FiberThread& to) {
  current = &to == &runner().host ? nullptr : &to;
  from.fiber->switch_to(*to.fiber);
}

// The next thread that can go on after `self`, lanes of its own warp first where it waits for them.
FiberThread* next_runnable(const FiberThread& self, bool own_warp_first) {
  Runner& r = runner();
  const unsigned count = static_cast<unsigned>(r.threads.size());
  if (own_warp_first) {
    const unsigned first = self.rank - self.lane, lanes = std::min(kWarp, count - first);
    for (unsigned i = 1; i < lanes; ++i) {
      const unsigned step = schedule().order == Order::kReverse ? lanes - i : i;
      FiberThread& candidate = r.threads[first + (self.lane + step) % lanes];
      if (candidate.runnable()) return &candidate;
    }
  }
  for (unsigned i = 1; i <= count; ++i) {
    FiberThread& candidate = r.threads[r.turns[(r.turn_of[self.rank] + i) % count]];
    if (candidate.runnable()) return &candidate;
  }
  return nullptr;
}

[[noreturn]] void report_deadlock() {
  std::fprintf(stderr, "simt: deadlock in %s; waiting:\n", runner().kernel);
  int shown = 0;
  for (const FiberThread& t : runner().threads) {
    if (t.done || ++shown > 8) continue;
    std::fprintf(stderr, "  block (%u,%u,%u) thread %u at %s:%d\n", t.block_index.x, t.block_index.y, t.block_index.z,
                 t.rank, t.site.file, t.site.line);
  }
  if (shown > 8) std::fprintf(stderr, "  and %d more\n", shown - 8);
  std::abort();
}

void wait_until_changed(const uint32_t* counter, uint32_t seen, Site site, bool own_warp_first) {
  FiberThread& self = *me();
  self.awaited = counter;
  self.seen = seen;
  self.site = site;
  if (*counter == seen) {
    FiberThread* next = next_runnable(self, own_warp_first);
    if (!next) report_deadlock();
    if (next != &self) switch_to(self, *next);
  }
  self.awaited = nullptr;
}

void open_barrier(Barrier& barrier) {
  barrier.arrived = 0;
  ++barrier.generation;
}

void run_thread() {
  me()->fiber->arrive();
  for (;;) {
    Runner& r = runner();
    FiberThread& self = *me();
    __tsan_acquire(&r.kernel);
    (*r.body)();
    __tsan_release(&r.host);
    self.done = true;
    Block& block = r.block;
    --block.alive;
    if (block.alive && block.barrier.arrived == block.alive) open_barrier(block.barrier);
    if (!block.alive) {
      switch_to(self, r.host);
    } else {
      FiberThread* next = next_runnable(self, true);
      if (!next) report_deadlock();
      switch_to(self, *next);
    }
  }
}

Fiber& FiberPool::at(unsigned number) {
  if (!stacks_) {
    void* stacks = mmap(nullptr, kFibers * kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                        -1, 0);
    if (stacks == MAP_FAILED) fail("no memory for %u fibre stacks", kFibers);
    stacks_ = static_cast<unsigned char*>(stacks);
  }
  Fiber& fiber = fibers_[number];
  if (!fiber.prepared()) fiber.prepare(stacks_ + number * kStackBytes, kStackBytes, run_thread);
  return fiber;
}

void take_turns(Runner& r, uint64_t block_number) {
  const size_t count = r.threads.size();
  r.turns.resize(count);
  r.turn_of.resize(count);
  std::iota(r.turns.begin(), r.turns.end(), 0u);
  if (schedule().order == Order::kReverse) std::reverse(r.turns.begin(), r.turns.end());
  if (schedule().order == Order::kRandom) {
    std::mt19937_64 random(schedule().seed * 0x9e3779b97f4a7c15ull + block_number);
    std::shuffle(r.turns.begin(), r.turns.end(), random);
  }
  for (unsigned i = 0; i < count; ++i) r.turn_of[r.turns[i]] = i;
}

void run_block(Runner& r, dim3 grid, dim3 block, uint64_t number) {
  const unsigned count = block.x * block.y * block.z;
  if (r.next_fiber + count > kFibers) r.next_fiber = 0;
  take_turns(r, number);
  r.block.number = number;
  r.block.barrier = Barrier{};
  r.block.alive = count;
  r.block.warps.assign((count + kWarp - 1) / kWarp, Warp{});
  for (unsigned i = 0; i < count; ++i) {
    FiberThread& t = r.threads[i];
    t.fiber = &r.pool.at(r.next_fiber + i);
    t.thread_index = {i % block.x, i / block.x % block.y, i / (block.x * block.y)};
    t.block_index = {static_cast<unsigned>(number % grid.x), static_cast<unsigned>(number / grid.x % grid.y),
                     static_cast<unsigned>(number / (uint64_t{grid.x} * grid.y))};
    t.block_size = block;
    t.grid_size = grid;
    t.rank = i;
    t.lane = i % kWarp;
    t.warp = i / kWarp;
    t.done = false;
    t.awaited = nullptr;
  }
  switch_to(r.host, r.threads[r.turns[0]]);
  for (const FiberThread& t : r.threads) {
    if (!t.fiber->stack_intact()) fail("%s: a fibre ran over its stack of %zu bytes", r.kernel, kStackBytes);
  }
  if (kThreadSanitizer) r.next_fiber += count;
  // Freeing them earlier would need an order between blocks that ThreadSanitizer then takes as the kernel's own.
  if (!kThreadSanitizer) r.block.arrays.clear();
}

std::vector<uint64_t> block_order(uint64_t count) {
  std::vector<uint64_t> order(count);
  std::iota(order.begin(), order.end(), uint64_t{0});
  if (schedule().order == Order::kReverse) std::reverse(order.begin(), order.end());
  if (schedule().order == Order::kRandom) std::shuffle(order.begin(), order.end(), std::mt19937_64(schedule().seed));
  return order;
}

// All lanes have brought their values: fills in what each leaves with.
void combine(Meeting& meeting, const WarpValue* in, WarpValue* out) {
  uint32_t word = 0;
  for (unsigned lane = 0; lane < kWarp; ++lane) {
    if (!(meeting.mask >> lane & 1)) continue;
    if (meeting.kind == Collective::kBallot) word |= in[lane].words[0] << lane;
    if (meeting.kind == Collective::kAdd) word += in[lane].words[0];
  }
  for (unsigned lane = 0; lane < kWarp; ++lane) {
    if (!(meeting.mask >> lane & 1)) continue;
    out[lane].words[0] = word;
    if (meeting.kind != Collective::kShuffle) continue;
    const uint32_t source = in[lane].source_lane;
    if (!(meeting.mask >> source & 1)) fail("lane %u reads lane %u, which is not in mask %08x", lane, source, meeting.mask);
    out[lane] = in[source];
  }
}

Meeting& meeting_of(Warp& warp, uint32_t mask) {
  for (Meeting& m : warp.meetings) {
    if (m.mask == mask) return m;
  }
  for (Meeting& m : warp.meetings) {
    if (m.arrived || m.unread) continue;
    m.mask = mask;
    return m;
  }
  fail("more than 4 groups of one warp are in a collective");
}

}  // namespace

void set_order(Order order, uint64_t seed) { schedule() = {order, seed}; }

void fail(const char* format, ...) {
  std::fprintf(stderr, "simt: ");
  if (current) {
    const Thread& t = *current;
    std::fprintf(stderr, "%s block (%u,%u,%u) thread (%u,%u,%u): ", runner().kernel, t.block_index.x, t.block_index.y,
                 t.block_index.z, t.thread_index.x, t.thread_index.y, t.thread_index.z);
  }
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::abort();
}

void block_barrier(Site site) {
  Barrier& barrier = runner().block.barrier;
  if (barrier.arrived == 0) {
    barrier.site = site;
  } else if (barrier.site.line != site.line || std::strcmp(barrier.site.file, site.file)) {
    fail("divergent barrier: %s:%d while others wait at %s:%d", site.file, site.line, barrier.site.file, barrier.site.line);
  }
  __tsan_release(&barrier);
  const uint32_t generation = barrier.generation;
  if (++barrier.arrived == runner().block.alive) {
    open_barrier(barrier);
  } else {
    wait_until_changed(&barrier.generation, generation, site, false);
  }
  __tsan_acquire(&barrier);
}

void warp_collective(Collective kind, uint32_t mask, const WarpValue& in, WarpValue& out, Site site) {
  const unsigned lane = current->lane;
  if (!(mask >> lane & 1)) fail("%s:%d: lane %u is not in its own mask %08x", site.file, site.line, lane, mask);
  Meeting& meeting = meeting_of(runner().block.warps[current->warp], mask);
  if (meeting.arrived == 0) {
    meeting.kind = kind;
    meeting.site = site;
  } else if (meeting.kind != kind || meeting.site.line != site.line) {
    fail("lanes of mask %08x are in two collectives: %s:%d and %s:%d", mask, site.file, site.line, meeting.site.file,
         meeting.site.line);
  }
  const uint32_t generation = meeting.generation, side = generation & 1;
  meeting.in[side][lane] = in;
  meeting.arrived |= 1u << lane;
  // Only __syncwarp orders memory; a shuffle or a ballot that merely happens to order it hides a race.
  if (kind == Collective::kSync) __tsan_release(&meeting);
  if (meeting.arrived == mask) {
    combine(meeting, meeting.in[side], meeting.out[side]);
    meeting.arrived = 0;
    meeting.unread += __builtin_popcount(mask);
    ++meeting.generation;
  } else {
    wait_until_changed(&meeting.generation, generation, site, true);
  }
  if (kind == Collective::kSync) __tsan_acquire(&meeting);
  out = meeting.out[side][lane];
  --meeting.unread;
}

void* shared_array(const void* key, size_t bytes) {
  Block& block = runner().block;
  for (const SharedArray& array : block.arrays) {
    if (array.key != key || array.block != block.number) continue;
    __tsan_acquire(array.data.get());  // its allocation by another thread of the block is no race
    return array.data.get();
  }
  void* data = nullptr;
  if (posix_memalign(&data, 16, bytes)) fail("no memory for %zu bytes of shared memory", bytes);
  for (size_t i = 0; i < bytes / 4; ++i) static_cast<volatile uint32_t*>(data)[i] = kPoison;
  __tsan_release(data);
  block.arrays.push_back({key, block.number, {static_cast<unsigned char*>(data), &std::free}});
  return data;
}

void run_grid(const char* kernel, dim3 grid, dim3 block, const std::function<void()>& body) {
  const uint64_t threads = uint64_t{block.x} * block.y * block.z;
  if (threads == 0 || threads > kFibers) fail("%s: a block of %llu threads", kernel, static_cast<unsigned long long>(threads));
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535) {
    fail("%s: a grid of %u x %u x %u blocks", kernel, grid.x, grid.y, grid.z);
  }
  if (current) fail("%s: launched from inside a kernel", kernel);
  Runner& r = runner();
  r.kernel = kernel;
  r.body = &body;
  r.next_fiber = 0;
  r.threads.resize(threads);
  r.host.fiber = &r.host_fiber;
  r.host_fiber.adopt_caller();
  __tsan_release(&r.kernel);
  for (uint64_t number : block_order(uint64_t{grid.x} * grid.y * grid.z)) run_block(r, grid, block, number);
  __tsan_acquire(&r.host);
  r.block.arrays.clear();
}

}  // namespace simt
