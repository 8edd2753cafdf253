// tensor_product.cuh: the products of matmul_tile.cuh in bf16 on tensor cores, with fp32 sums.
//
//   one part  (bf16)     A B ~ hi(A) hi(B),                              hi(x) = bf16(x)
//   two parts (bf16x3)   A B ~ hi(A) hi(B) + hi(A) lo(B) + lo(A) hi(B),  lo(x) = bf16(x - hi(x))
//
// hi is within 2^-8 of x, hi + lo within 2^-16, both relative, and the product lo lo that is left out is below 2^-16 of
// A B. That holds for |x| from 2^-110, below which lo may be subnormal and hi + lo is within 2^-126, to 3.39e38, above
// which hi is infinite. Then, and where x is infinite or NaN, lo is infinite or NaN as well: the sum is not finite, nor is
// the loss, which is what is checked.
//
// Numbers are split on the way into shared memory, once for each block. A chunk is 32 k deep; a word holds the k pair of
// one row or column, words lie pair-major, 72 apart: the 32 lanes of a fragment load fall into 32 banks. Two chunks of
// either matrix: 18 KB (bf16) or 37 KB (bf16x3). Each of the 4 warps owns 32 x 32 of the tile, 2 x 4 fragments of 16 x 8:
// for each 16 k 8 mma for 16 shared loads of 32 bits (bf16), 24 for 32 (bf16x3).
#pragma once

#include "matmul_tile.cuh"
#include "tensor_core.cuh"

namespace sae {

template <int kParts>
struct TensorProduct {
  static constexpr int kSlabs = 2;
  static constexpr int kStride = kTile + 8;
  static constexpr int kPartWords = kSlabDepth / 2 * kStride;
  static constexpr int kSlabWords = kParts * kPartWords;

  __device__ static void store_along(float* slab, int outer, int k, float4 v) {
    const Split first(v.x, v.y), second(v.z, v.w);
    uint32_t* p = words(slab) + k / 2 * kStride + outer;
#pragma unroll
    for (int part = 0; part < kParts; ++part) {
      p[part * kPartWords] = first.part[part];
      p[part * kPartWords + kStride] = second.part[part];
    }
  }

  __device__ static void store_across(float* slab, int outer, int k, float4 first, float4 second) {
    const Split s[4] = {Split(first.x, second.x), Split(first.y, second.y), Split(first.z, second.z),
                        Split(first.w, second.w)};
    uint32_t* p = words(slab) + k / 2 * kStride + outer;
#pragma unroll
    for (int part = 0; part < kParts; ++part) {
      *reinterpret_cast<uint4*>(p + part * kPartWords) =
          make_uint4(s[0].part[part], s[1].part[part], s[2].part[part], s[3].part[part]);
    }
  }

  // c[i] is the lane's share of fragment i % 4 in fragment row i / 4 until settle().
  __device__ static void multiply(const float* a_slab, const float* b_slab, Accumulator& c) {
    const uint32_t* a_words = words(a_slab) + t() * kStride + warp_row() + g();
    const uint32_t* b_words = words(b_slab) + t() * kStride + warp_column() + g();
    uint32_t a[kParts][kFragmentRows][4], b[kParts][kFragmentColumns][2];
#pragma unroll
    for (int part = 0; part < kParts; ++part) {
#pragma unroll
      for (int m = 0; m < kFragmentRows; ++m) {
        const uint32_t* p = a_words + part * kPartWords + m * 16;
        a[part][m][0] = p[0];
        a[part][m][1] = p[8];
        a[part][m][2] = p[4 * kStride];
        a[part][m][3] = p[4 * kStride + 8];
      }
#pragma unroll
      for (int n = 0; n < kFragmentColumns; ++n) {
        const uint32_t* p = b_words + part * kPartWords + n * 8;
        b[part][n][0] = p[0];
        b[part][n][1] = p[4 * kStride];
      }
    }
    // The small products first; of those with one lo part, lo(A) hi(B) comes last.
#pragma unroll
    for (int order = kParts - 1; order >= 0; --order) {
#pragma unroll
      for (int part = 0; part <= order; ++part) {
#pragma unroll
        for (int i = 0; i < kThreadRows; ++i) {
          mma_m16n8k16(c[i], a[part][i / kFragmentColumns], b[order - part][i % kFragmentColumns]);
        }
      }
    }
  }

  // From fragments to the 8 x 4 of each thread, through shared memory.
  __device__ static void settle(float* shared, Accumulator& c) {
#pragma unroll
    for (int i = 0; i < kThreadRows; ++i) {
      float* p = shared + (warp_row() + i / kFragmentColumns * 16 + g()) * kStride + warp_column() +
                 i % kFragmentColumns * 8 + 2 * t();
      p[0] = c[i][0];
      p[1] = c[i][1];
      p[8 * kStride] = c[i][2];
      p[8 * kStride + 1] = c[i][3];
    }
    __syncthreads();
#pragma unroll
    for (int i = 0; i < kThreadRows; ++i) {
      set_row(c, i, *reinterpret_cast<const float4*>(shared + (thread_row() + i) * kStride + thread_column()));
    }
    __syncthreads();
  }

 private:
  static constexpr int kFragmentRows = 2, kFragmentColumns = 4;  // of a warp's 32 x 32
  static_assert(kFragmentRows * kFragmentColumns == kThreadRows && kThreadColumns == 4, "a fragment is a row of c");
  static_assert(kTile * kStride <= 4 * kSlabs * kSlabWords, "the tile fits where the chunks were");

  // Two numbers in words, hi first.
  struct Split {
    __device__ Split(float low, float high) {
      part[0] = pack_bf16(low, high);
      if constexpr (kParts == 2) part[1] = pack_bf16(low - low_of(part[0]), high - high_of(part[0]));
    }
    uint32_t part[kParts];
  };

  __device__ static uint32_t* words(float* slab) { return reinterpret_cast<uint32_t*>(slab); }
  __device__ static const uint32_t* words(const float* slab) { return reinterpret_cast<const uint32_t*>(slab); }
  // The lane's place in a fragment, and its warp's in the tile.
  __device__ static int g() { return static_cast<int>(threadIdx.x) % 32 / 4; }
  __device__ static int t() { return static_cast<int>(threadIdx.x) % 4; }
  __device__ static int warp_row() { return static_cast<int>(threadIdx.x) / 64 * 32; }
  __device__ static int warp_column() { return static_cast<int>(threadIdx.x) / 32 % 2 * 32; }
};

}  // namespace sae
