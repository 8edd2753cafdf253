// The vector type of the instruction set that a kernel file is compiled for. SAE_ISA names its namespace: each copy of
// a kernel has its own names, so that the linker never merges code of one instruction set into another. For the same
// reason the kernel files use nothing of the standard library that could leave an inline function behind.
#pragma once

#include <cstdint>
#include <cstring>

#include "../layout.h"
#include "kernels.h"

namespace sae::cpu::SAE_ISA {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

constexpr int kTileVectors = 8;  // of a tile's row: as many sums as hide the latency of a multiply-add
constexpr int64_t kTile = kTileVectors * kLanes;
constexpr int64_t kSparseBlock = kLanes == 16 ? 64 : 96;  // rows of a tile that stay in a first-level cache of 32 KiB
constexpr int kPanelVectors = 2;
constexpr int64_t kPanel = kPanelVectors * kLanes;

typedef float Vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef float UnalignedVec __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));
typedef float Vec4 __attribute__((vector_size(16)));
typedef float UnalignedVec4 __attribute__((vector_size(16), aligned(4), may_alias));

static inline Vec load(const float* p) { return *reinterpret_cast<const UnalignedVec*>(p); }
static inline void store(float* p, Vec v) { *reinterpret_cast<UnalignedVec*>(p) = v; }
// A load whose value stays in a register for several uses: without the empty statement the compiler repeats the load
// as an operand of each multiply-add.
static inline Vec load_once(const float* p) {
  Vec v = load(p);
#if defined(__AVX512F__)
  asm("" : "+v"(v));
#elif defined(__x86_64__)
  asm("" : "+x"(v));
#endif
  return v;
}
static inline Vec4 load4(const float* p) { return *reinterpret_cast<const UnalignedVec4*>(p); }
static inline void store4(float* p, Vec4 v) { *reinterpret_cast<UnalignedVec4*>(p) = v; }

static inline void transpose4(Vec4& a, Vec4& b, Vec4& c, Vec4& d) {
  const Vec4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Vec4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

}  // namespace sae::cpu::SAE_ISA
