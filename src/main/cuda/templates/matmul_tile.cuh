// matmul_tile.cuh: one tile of a product of two fp32 matrices, 64 rows by 64 or 128 columns, by one block of 256
// threads.
//
//   c[i, j] = sum over k of A(i, k) * B(k, j)
//
// A Product says how: FmaProduct in fp32 (fma_product.cuh), TensorProduct in bf16 on tensor cores (tensor_product.cuh),
// and how many sums a thread keeps for it, from which follows how many groups the threads form. Each group multiplies
// the whole tile and the groups take the chunks of k in turn: so a thread owns many sums, which need few loads from
// shared memory each, while every scheduler has two warps. The chunks of a round, one a group, are a stage of a ring
// that asynchronous copies fill ahead. Then the sums of the groups are added in ascending order and each thread owns a
// part of the tile.
//
// Where there are fewer tiles than a GPU has multiprocessors, gridDim.z blocks share a tile, each with its part of k.
// The last of them to finish adds all parts in ascending order: the bits do not depend on which one is last.
// 64 x 64 x 2 FLOP for (64 + 64) x 4 bytes loaded: 16 FLOP a byte of L2; a wide tile does 21.
#pragma once

#include "kernels/kernels.cuh"
#include "templates/arrival.cuh"
#include "templates/matmul_operand.cuh"

namespace sae {

constexpr int kTile = 64, kWideTile = 128;  // columns; the rows are kTile in either
constexpr int kTileThreads = 256;
constexpr size_t kTileBytes = 96 * 1024;  // of shared memory, which the ring fills: two blocks fit on a multiprocessor

// What a Product is made of. kSums: of a thread while it multiplies. kDepth: k of a chunk. kBlocks: that have registers
// on a multiprocessor; where nvcc is not told, it may spare them and load from shared memory only when it needs the
// number.
template <int kColumns_, int kSums, int kDepth_, int kBlocks_>
struct Tile {
  static constexpr int kColumns = kColumns_, kDepth = kDepth_, kBlocks = kBlocks_;
  static constexpr int kGroups = kTileThreads * kSums / (kTile * kColumns);
  static constexpr int kGroupThreads = kTileThreads / kGroups;
  static constexpr int kRoundDepth = kGroups * kDepth;
  static constexpr int kChunk = (kTile + kColumns) * kDepth;  // floats, of both matrices
  static constexpr int kStages = kTileBytes / (sizeof(float) * kGroups * kChunk);
  static_assert(kStages >= 3, "copies of two rounds are under way");
  static_assert(kGroups * kTile * kColumns * sizeof(float) <= kTileBytes, "the sums fit where the ring was");

  // In the end a thread owns so many rows of the tile from thread_row(), in each of them four columns from
  // thread_column().
  static constexpr int kThreadRows = kTile * kColumns / 4 / kTileThreads;
  __device__ static int thread_row() { return static_cast<int>(threadIdx.x) / (kColumns / 4) * kThreadRows; }
  __device__ static int thread_column() { return static_cast<int>(threadIdx.x) % (kColumns / 4) * 4; }

  // Where element (row, column) of a group's sums lies in shared memory; four columns stay together. Turned so that
  // neither the threads of a Product that store sums meet in a bank nor those that load what they own.
  __device__ static int place_of_sum(int row, int column) {
    return row * kColumns + (column ^ (20 * ((row ^ row >> 2) & 1) + 8 * (row >> 1 & 1)));
  }
};

template <class Product>
using ThreadTile = float4[Product::kThreadRows];

// Leaves in `shared` [kTileBytes], for add_groups, the groups' sums of the products of k in [k_begin, k_end). k_begin
// is a multiple of Product::kRoundDepth, k_end too or the end of both matrices.
template <class Product, class A, class B>
__device__ __forceinline__ void multiply_tile(A a, B b, int k_begin, int k_end, float* shared) {
  constexpr int kStages = Product::kStages, kRoundDepth = Product::kRoundDepth, kOfA = kTile * Product::kDepth;
  const int group = static_cast<int>(threadIdx.x) / Product::kGroupThreads;
  const int rounds = div_up(k_end - k_begin, kRoundDepth);
  float* ring = shared + group * Product::kChunk;
  int k = k_begin + group * Product::kDepth;
  // Every group fetches in every round: zeros where its k of the last one lie beyond the end. After it, groups of no
  // copies are committed, because the wait counts them.
  const auto fetch = [&](int round, int stage) {
    float* chunk = ring + stage * (Product::kGroups * Product::kChunk);
    if (round < rounds) {
      a.fetch(k, chunk);
      b.fetch(k, chunk + kOfA);
      k += kRoundDepth;
    }
    commit_copies();
  };
  a.start(k);
  b.start(k);
#pragma unroll
  for (int stage = 0; stage < kStages - 1; ++stage) fetch(stage, stage);

  typename Product::Sums sums = {};
  int stage = 0, free = kStages - 1;
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    wait_for_copies<kStages - 2>();
    __syncthreads();  // which also ends the round before, the last to read what lies in the free stage
    fetch(round + kStages - 1, free);
    const float* chunk = ring + stage * (Product::kGroups * Product::kChunk);
    Product::template multiply<A, B>(chunk, chunk + kOfA, sums);
    free = stage;
    stage = stage + 1 == kStages ? 0 : stage + 1;
  }
  __syncthreads();
  Product::template store<A, B>(sums, shared + group * (kTile * Product::kColumns));
}

// c receives the sum over the groups. What a kernel loads for its last lines between multiply_tile and this travels
// while the threads meet. `shared` may be used again after another barrier.
template <class Product>
__device__ __forceinline__ void add_groups(const float* shared, ThreadTile<Product>& c) {
  __syncthreads();
#pragma unroll
  for (int i = 0; i < Product::kThreadRows; ++i) {
    const float* sum = shared + Product::place_of_sum(Product::thread_row() + i, Product::thread_column());
    c[i] = *reinterpret_cast<const float4*>(sum);
#pragma unroll
    for (int g = 1; g < Product::kGroups; ++g) {
      c[i] = add4(c[i], *reinterpret_cast<const float4*>(sum + g * (kTile * Product::kColumns)));
    }
  }
}

// The part of `depth` that block blockIdx.z of gridDim.z sums.
struct DepthRange {
  int begin, end;
};
template <class Product>
__device__ __forceinline__ DepthRange depth_range(int depth) {
  constexpr int kRoundDepth = Product::kRoundDepth;
  const int length = div_up(div_up(depth, kRoundDepth), static_cast<int>(gridDim.z)) * kRoundDepth;
  const int begin = length * static_cast<int>(blockIdx.z);
  return {begin, begin + length < depth ? begin + length : depth};
}

// True in the one block of each tile that leaves with the whole sum in c.
template <class Product>
__device__ __forceinline__ bool add_depth_parts(const DepthParts& depth, ThreadTile<Product>& c) {
  constexpr int kTileSums = kTile * Product::kColumns;
  const int depth_parts = static_cast<int>(gridDim.z), thread = static_cast<int>(threadIdx.x);
  if (depth_parts == 1) return true;
  const int tile = static_cast<int>(blockIdx.y * gridDim.x + blockIdx.x);
  float* parts = depth.partials + static_cast<size_t>(tile) * depth_parts * kTileSums;
  float* mine = parts + static_cast<size_t>(blockIdx.z) * kTileSums;
#pragma unroll
  for (int i = 0; i < Product::kThreadRows; ++i) store4(mine + (i * kTileThreads + thread) * 4, c[i]);
  if (!arrives_last(depth.arrivals + tile, depth_parts)) return false;
#pragma unroll
  for (int i = 0; i < Product::kThreadRows; ++i) c[i] = zero4();
#pragma unroll 4
  for (int p = 0; p < depth_parts; ++p) {
    const float* part = parts + static_cast<size_t>(p) * kTileSums + thread * 4;
#pragma unroll
    for (int i = 0; i < Product::kThreadRows; ++i) {
      c[i] = add4(c[i], __ldcg(reinterpret_cast<const float4*>(part + i * kTileThreads * 4)));
    }
  }
  return true;
}

// sums[first + j] = sum of the tile's column j over its rows, for first + j < columns. scratch: kTileBytes.
template <class Product>
__device__ __forceinline__ void store_column_sums(const ThreadTile<Product>& c, float* scratch, float* sums, int first,
                                                  int columns) {
  constexpr int kColumns = Product::kColumns, kRowGroups = kTile / Product::kThreadRows;
  float4 sum = c[0];
#pragma unroll
  for (int i = 1; i < Product::kThreadRows; ++i) sum = add4(sum, c[i]);
  __syncthreads();  // all have read what lay in `scratch`
  store4(scratch + Product::thread_row() / Product::kThreadRows * kColumns + Product::thread_column(), sum);
  __syncthreads();
  const int column = static_cast<int>(threadIdx.x);
  if (column < kColumns && first + column < columns) {
    float total = 0.0f;
    for (int group = 0; group < kRowGroups; ++group) total += scratch[group * kColumns + column];
    sums[first + column] = total;
  }
}

}  // namespace sae
