// matmul_tile.cuh: one 64 x 64 tile of a product of two fp32 matrices, by one block of 128 threads.
//
//   c[i, j] = sum over k of A(i, k) * B(k, j)
//
// A Product says how: FmaProduct in fp32 (fma_product.cuh), TensorProduct in bf16 on tensor cores (tensor_product.cuh).
// Chunks of 16 or 32 k go through two shared buffers, in the layout that the Product multiplies from; the next chunk
// travels from global memory into registers while this one is multiplied. When the product is done each thread owns 8 x 4
// of the tile. A matrix may lie with k along its rows (AlongK) or across them (AcrossK).
//
// Where there are fewer tiles than a GPU has multiprocessors, gridDim.z blocks share a tile, each with its part of k.
// The last of them to finish adds all parts in ascending order: the bits do not depend on which one is last.
// 64 x 64 x 2 FLOP for (64 + 64) x 4 bytes loaded: 16 FLOP a byte of L2.
#pragma once

#include "common.cuh"
#include "kernels.cuh"

namespace sae {

constexpr int kTile = 64;
constexpr int kSlabDepth = 16;                                      // k of a slab; a chunk is one or more slabs
constexpr int kTileThreads = 128;
constexpr int kThreadRows = 8, kThreadColumns = 4;
constexpr int kRowGroups = kTile / kThreadRows;                     // 8
constexpr int kColumnGroups = kTile / kThreadColumns;               // 16
constexpr int kLoads = kTile * kSlabDepth / 4 / kTileThreads;       // 128-bit loads a thread makes of a slab: 2

// Two chunks of either matrix.
template <class Product>
constexpr int kTileWords = 4 * Product::kSlabs * Product::kSlabWords;

using Accumulator = float[kThreadRows][kThreadColumns];

// First row and column inside the tile of the 8 x 4 that this thread owns.
__device__ __forceinline__ int thread_row() { return static_cast<int>(threadIdx.x) / kColumnGroups * kThreadRows; }
__device__ __forceinline__ int thread_column() { return static_cast<int>(threadIdx.x) % kColumnGroups * kThreadColumns; }

__device__ __forceinline__ float4 row4(const Accumulator& c, int i) {
  return make_float4(c[i][0], c[i][1], c[i][2], c[i][3]);
}

__device__ __forceinline__ void set_row(Accumulator& c, int i, float4 v) {
  c[i][0] = v.x;
  c[i][1] = v.y;
  c[i][2] = v.z;
  c[i][3] = v.w;
}

// A(i, k) = data[row(i) * stride + k] - centre[k]. Zero for i >= rows or k >= depth.
class AlongK {
 public:
  __device__ AlongK(const float* data, int stride, int rows, int depth, int first, const int* order = nullptr,
                    const float* centre = nullptr)
      : depth_(depth), centre_(centre) {
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      const int row = first + outer(i);
      const bool inside = row < rows;
      row_[i] = inside ? data + static_cast<size_t>(order ? order[row] : row) * stride : nullptr;
    }
  }
  __device__ float4 load(int i, int k0) const {
    const int k = k0 + inner();
    if (!row_[i] || k >= depth_) return zero4();
    const float4 v = load4(row_[i] + k);
    return centre_ ? subtract4(v, load4(centre_ + k)) : v;
  }
  template <class Product>
  __device__ void store(float* slab, const float4 (&v)[kLoads]) const {
#pragma unroll
    for (int i = 0; i < kLoads; ++i) Product::store_along(slab, outer(i), inner(), v[i]);
  }

 private:
  __device__ static int outer(int i) { return static_cast<int>(threadIdx.x) / 4 + i * (kTileThreads / 4); }
  __device__ static int inner() { return static_cast<int>(threadIdx.x) % 4 * 4; }
  const float* row_[kLoads];
  int depth_;
  const float* centre_;
};

// A(i, k) = data[k * stride + i]. Zero for i >= columns or k >= depth.
class AcrossK {
 public:
  __device__ AcrossK(const float* data, int stride, int columns, int depth, int first)
      : stride_(stride), depth_(depth), inside_(first + outer() < columns), data_(data + first + outer()) {}
  __device__ float4 load(int i, int k0) const {
    const int k = k0 + inner(i);
    return inside_ && k < depth_ ? load4(data_ + static_cast<size_t>(k) * stride_) : zero4();
  }
  template <class Product>
  __device__ void store(float* slab, const float4 (&v)[kLoads]) const {
    Product::store_across(slab, outer(), inner(0), v[0], v[1]);
  }

 private:
  static_assert(kLoads == 2, "a thread loads a pair of neighbouring k");
  static constexpr int kAcross = kTile / 4;  // threads side by side on one k
  __device__ static int outer() { return static_cast<int>(threadIdx.x) % kAcross * 4; }
  __device__ static int inner(int i) { return static_cast<int>(threadIdx.x) / kAcross * kLoads + i; }
  int stride_, depth_;
  bool inside_;
  const float* data_;
};

// c, which must be zero, receives the sum of the products of k in [k_begin, k_end). k_begin is a multiple of the chunk's
// depth, k_end too or the end of both matrices. All threads may use `shared` [kTileWords<Product>] after it.
template <class Product, class A, class B>
__device__ __forceinline__ void multiply_tile(const A& a, const B& b, int k_begin, int k_end, float* shared,
                                              Accumulator& c) {
  constexpr int kSlabs = Product::kSlabs, kSlabWords = Product::kSlabWords, kDepth = kSlabs * kSlabDepth;
  float4 a_next[kSlabs][kLoads], b_next[kSlabs][kLoads];
  const auto a_slab = [&](int buffer, int slab) { return shared + (buffer * kSlabs + slab) * kSlabWords; };
  const auto b_slab = [&](int buffer, int slab) { return a_slab(2 + buffer, slab); };
  const auto load = [&](int k0) {
#pragma unroll
    for (int slab = 0; slab < kSlabs; ++slab) {
#pragma unroll
      for (int i = 0; i < kLoads; ++i) {
        a_next[slab][i] = a.load(i, k0 + slab * kSlabDepth);
        b_next[slab][i] = b.load(i, k0 + slab * kSlabDepth);
      }
    }
  };
  const auto store = [&](int buffer) {
#pragma unroll
    for (int slab = 0; slab < kSlabs; ++slab) {
      a.template store<Product>(a_slab(buffer, slab), a_next[slab]);
      b.template store<Product>(b_slab(buffer, slab), b_next[slab]);
    }
  };
  if (k_begin < k_end) {
    load(k_begin);
    store(0);
  }
  __syncthreads();
  int buffer = 0;
  for (int k0 = k_begin; k0 < k_end; k0 += kDepth) {
    const bool more = k0 + kDepth < k_end;
    if (more) load(k0 + kDepth);
#pragma unroll
    for (int slab = 0; slab < kSlabs; ++slab) Product::multiply(a_slab(buffer, slab), b_slab(buffer, slab), c);
    // The other buffer was last read before the barrier that ended the previous turn.
    if (more) store(buffer ^ 1);
    __syncthreads();
    buffer ^= 1;
  }
  Product::settle(shared, c);
}

// The part of `depth` that block blockIdx.z of gridDim.z sums.
struct SplitRange {
  int begin, end;
};
template <class Product>
__device__ __forceinline__ SplitRange split_range(int depth) {
  constexpr int kDepth = Product::kSlabs * kSlabDepth;
  const int length = div_up(div_up(depth, kDepth), static_cast<int>(gridDim.z)) * kDepth;
  const int begin = length * static_cast<int>(blockIdx.z);
  return {begin, begin + length < depth ? begin + length : depth};
}

// True in the one block of each tile that leaves with the whole sum in c.
__device__ __forceinline__ bool add_splits(const SplitSpace& space, Accumulator& c) {
  const int splits = static_cast<int>(gridDim.z), thread = static_cast<int>(threadIdx.x);
  if (splits == 1) return true;
  const int tile = static_cast<int>(blockIdx.y * gridDim.x + blockIdx.x);
  float* parts = space.partials + static_cast<size_t>(tile) * splits * (kTile * kTile);
  float* mine = parts + static_cast<size_t>(blockIdx.z) * (kTile * kTile);
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) store4(mine + (i * kTileThreads + thread) * 4, row4(c, i));
  __threadfence();
  SHARED_ARRAY(int, last, 1);
  __syncthreads();
  if (thread == 0) {
    last[0] = atomicAdd(&space.arrivals[tile], 1) == splits - 1;
    if (last[0]) space.arrivals[tile] = 0;  // for the next launch
  }
  __syncthreads();
  if (!last[0]) return false;
  __threadfence();
  float4 sums[kThreadRows] = {};
#pragma unroll 1
  for (int s = 0; s < splits; ++s) {
    const float* part = parts + static_cast<size_t>(s) * (kTile * kTile) + thread * 4;
#pragma unroll
    for (int i = 0; i < kThreadRows; ++i) {
      // From L2: other multiprocessors wrote it.
      sums[i] = add4(sums[i], __ldcg(reinterpret_cast<const float4*>(part + i * kTileThreads * 4)));
    }
  }
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) set_row(c, i, sums[i]);
  return true;
}

// sums[first + j] = sum of the tile's column j over its rows, for first + j < columns. scratch [kRowGroups * kTile].
__device__ __forceinline__ void store_column_sums(const Accumulator& c, float* scratch, float* sums, int first,
                                                  int columns) {
#pragma unroll
  for (int j = 0; j < kThreadColumns; ++j) {
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < kThreadRows; ++i) sum += c[i][j];
    scratch[thread_row() / kThreadRows * kTile + thread_column() + j] = sum;
  }
  __syncthreads();
  const int column = static_cast<int>(threadIdx.x);
  if (column < kTile && first + column < columns) {
    float sum = 0.0f;
    for (int group = 0; group < kRowGroups; ++group) sum += scratch[group * kTile + column];
    sums[first + column] = sum;
  }
}

}  // namespace sae
