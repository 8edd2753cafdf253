// arrival.cuh: which of several blocks is the last to come, and that it sees what the others stored before.
//
// The threads of a block store and meet; then one of them adds 1 to a count, releasing and acquiring at the scope of
// the device. Both are cumulative: the barrier puts the stores of the whole block before the addition, whose release
// covers them too, and every addition carries on the releases of those before it. So the thread that finds the last
// count has acquired the stores of all blocks, and the barrier after it passes them on to its own block. A fence in
// each thread that stores would say the same 256 times.
#pragma once

#include "templates/common.cuh"

namespace sae {

// The number before. Acquire and release, at the scope of the device.
__device__ __forceinline__ int add_in_order(int* number, int increment) {
#ifdef __CUDACC__
  int before;
  asm volatile("atom.acq_rel.gpu.global.add.s32 %0, [%1], %2;" : "=r"(before) : "l"(number), "r"(increment) : "memory");
  return before;
#else
  return __atomic_fetch_add(number, increment, __ATOMIC_ACQ_REL);
#endif
}

// Called by all threads of each of `blocks` blocks; true in the last of them, which leaves *arrivals zero. It reads
// with __ldcg what the others stored: that lies in L2, and L1, which is each multiprocessor's own, is passed by.
__device__ __forceinline__ bool arrives_last(int* arrivals, int blocks) {
  SHARED_ARRAY(int, last, 1);
  __syncthreads();
  if (threadIdx.x == 0) {
    last[0] = add_in_order(arrivals, 1) == blocks - 1;
    if (last[0]) *arrivals = 0;
  }
  __syncthreads();
  return last[0];
}

}  // namespace sae
