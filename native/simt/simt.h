// The part of the CUDA language that the kernels use, for a host C++ compiler. Meanings are those of the CUDA
// programming guide; what cannot be run on a CPU is not here, so that using it is a compile error.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "runtime.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)

#define threadIdx (simt::current->thread_index)
#define blockIdx (simt::current->block_index)
#define blockDim (simt::current->block_size)
#define gridDim (simt::current->grid_size)

struct alignas(8) float2 {
  float x, y;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
struct alignas(16) float4 {
  float x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
struct alignas(16) uint4 {
  uint32_t x, y, z, w;
};

// ---- barriers and warp collectives ----

inline void __syncthreads(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  simt::block_barrier({file, line});
}

inline void __syncwarp(uint32_t mask = 0xffffffffu, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  simt::WarpValue in{}, out;
  simt::warp_collective(simt::Collective::kSync, mask, in, out, {file, line});
}

inline uint32_t __ballot_sync(uint32_t mask, int predicate, const char* file = __builtin_FILE(),
                              int line = __builtin_LINE()) {
  simt::WarpValue in{{predicate != 0}, 0}, out;
  simt::warp_collective(simt::Collective::kBallot, mask, in, out, {file, line});
  return out.words[0];
}

inline uint32_t __reduce_add_sync(uint32_t mask, uint32_t value, const char* file = __builtin_FILE(),
                                  int line = __builtin_LINE()) {
  simt::WarpValue in{{value}, 0}, out;
  simt::warp_collective(simt::Collective::kAdd, mask, in, out, {file, line});
  return out.words[0];
}

namespace simt {
template <class T>
T shuffle(uint32_t mask, T value, int source_lane, Site site) {
  static_assert(sizeof(T) % 4 == 0 && sizeof(T) <= sizeof(WarpValue::words), "a shuffle moves 32 to 128 bits");
  WarpValue in{}, out;
  std::memcpy(in.words, &value, sizeof(T));
  // A lane that asks for one outside the warp gets its own value.
  in.source_lane = source_lane < 0 || source_lane > 31 ? current->lane : static_cast<uint32_t>(source_lane);
  warp_collective(Collective::kShuffle, mask, in, out, site);
  std::memcpy(&value, out.words, sizeof(T));
  return value;
}
}  // namespace simt

template <class T>
T __shfl_sync(uint32_t mask, T value, int lane, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return simt::shuffle(mask, value, lane & 31, {file, line});
}
template <class T>
T __shfl_up_sync(uint32_t mask, T value, int delta, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return simt::shuffle(mask, value, static_cast<int>(simt::current->lane) - delta, {file, line});
}
template <class T>
T __shfl_xor_sync(uint32_t mask, T value, int lanes, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return simt::shuffle(mask, value, static_cast<int>(simt::current->lane) ^ lanes, {file, line});
}

// ---- memory ----

// As in CUDA, these order nothing but themselves.
inline int atomicAdd(int* address, int value) { return __atomic_fetch_add(address, value, __ATOMIC_RELAXED); }
inline int atomicMin(int* address, int value) {
  int old = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (old > value && !__atomic_compare_exchange_n(address, &old, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}
template <class T>
T __ldg(const T* address) {
  return *address;
}
template <class T>
T __ldcg(const T* address) {
  return *address;
}

// ---- asynchronous copies; sae's async_copy.cuh states their meaning ----

namespace simt {
// A copy arrives at once or, in every order but the forward one, at the wait that asks for it; until then its
// destination holds NaN.
inline void copy16(float* to, const float* from, bool inside) {
  const bool later = deferred();
  const float nothing = later ? __builtin_nanf("") : 0.0f;
  for (int i = 0; i < 4; ++i) to[i] = inside && !later ? from[i] : nothing;
  if (later) defer_copy({to, inside ? from : nullptr});
}
inline void wait_for_copies(unsigned pending) {
  for (Copy copy; next_arrival(pending, copy);) {
    for (int i = 0; i < 4; ++i) copy.to[i] = copy.from ? copy.from[i] : 0.0f;
  }
}
}  // namespace simt

// ---- arithmetic ----

inline int __popc(uint32_t x) { return __builtin_popcount(x); }
inline int __ffs(uint32_t x) { return __builtin_ffs(static_cast<int>(x)); }
inline uint32_t __float_as_uint(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
inline float __uint_as_float(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// ---- tensor cores; sae's tensor_core.cuh states the meaning of both ----

namespace simt {
inline uint32_t bf16(float x) {
  const uint32_t bits = __float_as_uint(x);
  if (x != x) return 0x7fff;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;  // to nearest, ties to even
}

inline void mma_m16n8k16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                         const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  MatrixFragments fragments;
  std::memcpy(fragments.a, a, sizeof a);
  std::memcpy(fragments.b, b, sizeof b);
  std::memcpy(fragments.d, d, sizeof d);
  WarpValue in{}, out;
  in.fragments = &fragments;
  warp_collective(Collective::kMatrixMultiplyAdd, 0xffffffffu, in, out, {file, line});
  std::memcpy(d, fragments.d, sizeof d);
}
}  // namespace simt
