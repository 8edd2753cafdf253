// async_copy.cuh: copies from global to shared memory that run on while the thread goes on; PTX instructions, each
// with its meaning on the fibre runtime.
#pragma once

#include "templates/common.cuh"

namespace sae {

// 16 bytes, both addresses a multiple of 16; zeros where !inside, and `from` is not read. The copy belongs to the group
// of the thread's next commit_copies().
__device__ __forceinline__ void copy16(float* to, const float* from, bool inside) {
#ifdef __CUDACC__
  const unsigned shared = static_cast<unsigned>(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared), "l"(from), "r"(inside ? 16 : 0)
               : "memory");
#else
  simt::copy16(to, from, inside);
#endif
}

__device__ __forceinline__ void commit_copies() {
#ifdef __CUDACC__
  asm volatile("cp.async.commit_group;" ::: "memory");
#else
  simt::commit_copies();
#endif
}

// All of this thread's groups but the kPending latest have arrived. Other threads see them after a barrier.
template <int kPending>
__device__ __forceinline__ void wait_for_copies() {
#ifdef __CUDACC__
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
#else
  simt::wait_for_copies(kPending);
#endif
}

}  // namespace sae
