// tensor_core.cuh: the two PTX instructions of the bf16 products, each with its meaning on the fibre runtime.
//
// A word holds two bf16 numbers; the one of the smaller k lies in the lower half.
#pragma once

#include "templates/common.cuh"

namespace sae {

// Both numbers rounded to the nearest bf16, ties to even. Infinity stays, what lies beyond the largest bf16 (3.39e38)
// by more than half a step becomes infinity, a NaN becomes 0x7fff.
__device__ __forceinline__ uint32_t pack_bf16(float low, float high) {
#ifdef __CUDACC__
  uint32_t word;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
  return word;
#else
  return simt::bf16(low) | simt::bf16(high) << 16;
#endif
}
__device__ __forceinline__ float low_of(uint32_t word) { return __uint_as_float(word << 16); }
__device__ __forceinline__ float high_of(uint32_t word) { return __uint_as_float(word & 0xffff0000u); }

// d += a b for a [16, 16], b [16, 8] of bf16 and d [16, 8] of float, spread over the lanes of a full warp (PTX ISA,
// "Matrix Fragments for mma.m16n8k16"). With g = lane / 4 and t = lane % 4, a lane holds
//
//   a   words of rows g, g + 8, g, g + 8 at k = 2t (first two) and 2t + 8
//   b   words of column g at k = 2t and 2t + 8
//   d   columns 2t and 2t + 1 of row g, then of row g + 8
//
// Products of two bf16 are exact in float. How a tensor core rounds their sum is not specified, and it is not as IEEE
// adds would; the fibre runtime adds in ascending k. The two agree to rounding, not to the bit.
__device__ __forceinline__ void mma_m16n8k16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#ifdef __CUDACC__
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, "
      "%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  simt::mma_m16n8k16(d, a, b);
#endif
}

}  // namespace sae
