// A fibre: a call stack that can be left in the middle and continued later. One for each CUDA thread of a running
// block.
#pragma once

#include <cstddef>

namespace simt {

class Fiber {
 public:
  Fiber() = default;
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  // Places the fibre at the start of `entry`, which must begin with arrive() and never return, on `stack` [bytes].
  void prepare(unsigned char* stack, size_t bytes, void (*entry)());

  bool prepared() const { return stack_ != nullptr; }

  // Turns this fibre into the one that the calling OS thread is running on.
  void adopt_caller();

  // Leaves this fibre, which must be the running one, and continues `next`. Returns when somebody continues this one.
  void switch_to(Fiber& next);

  // Tells the sanitizers that this fibre now runs. switch_to does it for a fibre that is continued.
  void arrive();

  // False if the deepest words of the stack were written, which means that it ran over.
  bool stack_intact() const;

 private:
  void* stack_pointer_ = nullptr;
  unsigned char* stack_ = nullptr;  // nullptr for an OS thread's own stack whose bounds are not known yet
  size_t bytes_ = 0;
  void* fake_stack_ = nullptr;  // AddressSanitizer's
  void* identity_ = nullptr;    // ThreadSanitizer's
  bool owns_identity_ = false;
};

// How large a stack must be: instrumented frames are several times larger.
#ifdef __SANITIZE_ADDRESS__
constexpr size_t kStackBytes = 128 * 1024;
#else
constexpr size_t kStackBytes = 32 * 1024;
#endif

}  // namespace simt
