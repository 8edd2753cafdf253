#include "fiber.h"

#include <cstdint>

#if !defined(__x86_64__)
#error "simt switches fibres with x86-64 assembly; this machine needs its own simt_switch_stack"
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif
// This file itself is never compiled with -fsanitize=thread: a function instrumented by it must not change stacks.
#ifdef SIMT_THREAD_SANITIZER
extern "C" {
void* __tsan_get_current_fiber(void);
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}
#endif

// Pushes the registers that a function must preserve, stores the stack pointer in *save, continues on stack `next`.
extern "C" void simt_switch_stack(void** save, void* next);
asm(R"(
  .text
  .globl simt_switch_stack
  .hidden simt_switch_stack
  .type simt_switch_stack, @function
simt_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size simt_switch_stack, .-simt_switch_stack
)");

namespace simt {
namespace {

constexpr uint64_t kStackEnd = 0x51f7ac4ed00dfeedull;
constexpr int kPreservedRegisters = 6;

#ifdef __SANITIZE_ADDRESS__
__thread Fiber* left = nullptr;  // the fibre that the running switch leaves
#endif

}  // namespace

void Fiber::prepare(unsigned char* stack, size_t bytes, void (*entry)()) {
  stack_ = stack;
  bytes_ = bytes;
  reinterpret_cast<uint64_t*>(stack)[0] = kStackEnd;
  // Stacks lie a power of two apart; shifting their tops keeps hundreds of them out of the same cache sets.
  const uintptr_t shift = reinterpret_cast<uintptr_t>(stack) / bytes % 29 * 64;
  void** top = reinterpret_cast<void**>((reinterpret_cast<uintptr_t>(stack) + bytes - shift) & ~uintptr_t{15});
  *--top = nullptr;  // the return address of entry: a call leaves the stack 8 bytes off a multiple of 16
  *--top = reinterpret_cast<void*>(entry);
  for (int i = 0; i < kPreservedRegisters; ++i) *--top = nullptr;
  stack_pointer_ = top;
#ifdef SIMT_THREAD_SANITIZER
  identity_ = __tsan_create_fiber(0);
  owns_identity_ = true;
#endif
}

void Fiber::adopt_caller() {
#ifdef SIMT_THREAD_SANITIZER
  identity_ = __tsan_get_current_fiber();
#endif
}

Fiber::~Fiber() {
#ifdef SIMT_THREAD_SANITIZER
  if (owns_identity_) __tsan_destroy_fiber(identity_);
#endif
}

bool Fiber::stack_intact() const { return reinterpret_cast<const uint64_t*>(stack_)[0] == kStackEnd; }

void Fiber::arrive() {
#ifdef __SANITIZE_ADDRESS__
  const void* bottom = nullptr;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &size);
  if (!left->stack_) {
    left->stack_ = static_cast<unsigned char*>(const_cast<void*>(bottom));
    left->bytes_ = size;
  }
#endif
}

void Fiber::switch_to(Fiber& next) {
#ifdef __SANITIZE_ADDRESS__
  left = this;
  __sanitizer_start_switch_fiber(&fake_stack_, next.stack_, next.bytes_);
#endif
#ifdef SIMT_THREAD_SANITIZER
  constexpr unsigned kNoSynchronisation = 1;
  __tsan_switch_to_fiber(next.identity_, kNoSynchronisation);
#endif
  simt_switch_stack(&stack_pointer_, next.stack_pointer_);
  arrive();
}

}  // namespace simt
