// Runs the blocks of a grid: hands the turn from fibre to fibre until all threads of a block have returned.
#include "runtime.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "runner.h"

namespace simt {
__thread Thread* current = nullptr;

Runner& runner() {
  static thread_local Runner value;
  return value;
}

namespace {

void switch_to(FiberThread& from, FiberThread& to) {
  current = &to == &runner().host ? nullptr : &to;
  from.fiber->switch_to(*to.fiber);
}

// The next thread that can go on after `thread`, lanes of its own warp first where it waits for them.
FiberThread* next_runnable(const FiberThread& thread, bool own_warp_first) {
  Runner& r = runner();
  const unsigned count = static_cast<unsigned>(r.threads.size());
  if (own_warp_first) {
    const unsigned first = thread.rank - thread.lane, lanes = std::min(kWarp, count - first);
    for (unsigned i = 1; i < lanes; ++i) {
      const unsigned step = schedule().order == Order::kReverse ? lanes - i : i;
      FiberThread& candidate = r.threads[first + (thread.lane + step) % lanes];
      if (candidate.runnable()) return &candidate;
    }
  }
  for (unsigned i = 1; i <= count; ++i) {
    FiberThread& candidate = r.threads[r.turns[(r.turn_of[thread.rank] + i) % count]];
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

// A thread has returned: it counts as arrived wherever others wait for it.
void leave(FiberThread& thread) {
  thread.done = true;
  Block& block = runner().block;
  --block.alive;
  if (block.alive && block.barrier.arrived == block.alive) open_barrier(block.barrier);
}

void run_thread() {
  self().fiber->arrive();
  for (;;) {
    Runner& r = runner();
    __tsan_acquire(&r.kernel);
    (*r.body)();
    __tsan_release(&r.host);
    FiberThread& thread = self();
    leave(thread);
    if (!r.block.alive) {
      switch_to(thread, r.host);
    } else {
      FiberThread* next = next_runnable(thread, true);
      if (!next) report_deadlock();
      switch_to(thread, *next);
    }
  }
}

void run_block(Runner& r, dim3 grid, dim3 block, uint64_t number) {
  const unsigned count = static_cast<unsigned>(r.threads.size());
  if (r.next_fiber + count > kFibers) r.next_fiber = 0;
  r.turns.resize(count);
  r.turn_of.resize(count);
  order_turns(r.turns, number);
  for (unsigned i = 0; i < count; ++i) r.turn_of[r.turns[i]] = i;
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
    t.dynamic_bytes = 0;
    t.done = false;
    t.copies.first = t.copies.count = t.copies.groups = 0;
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

}  // namespace

FiberPool::~FiberPool() {
  if (stacks_) munmap(stacks_, kFibers * kStackBytes);
}

Fiber& FiberPool::at(unsigned number) {
  if (!stacks_) {
    void* stacks = mmap(nullptr, kFibers * kStackBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stacks == MAP_FAILED) fail("no memory for %u fibre stacks", kFibers);
    stacks_ = static_cast<unsigned char*>(stacks);
  }
  Fiber& fiber = fibers_[number];
  if (!fiber.prepared()) fiber.prepare(stacks_ + number * kStackBytes, kStackBytes, run_thread);
  return fiber;
}

void wait_until_changed(const uint32_t* counter, uint32_t seen, Site site, bool own_warp_first) {
  FiberThread& thread = self();
  thread.awaited = counter;
  thread.seen = seen;
  thread.site = site;
  if (*counter == seen) {
    FiberThread* next = next_runnable(thread, own_warp_first);
    if (!next) report_deadlock();
    if (next != &thread) switch_to(thread, *next);
  }
  thread.awaited = nullptr;
}

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

void run_grid(const char* kernel, dim3 grid, dim3 block, const std::function<void()>& body) {
  const uint64_t threads = uint64_t{block.x} * block.y * block.z;
  if (threads == 0 || threads > kMostBlockThreads) {
    fail("%s: a block of %llu threads", kernel, static_cast<unsigned long long>(threads));
  }
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
