// matmul_operand.cuh: the two matrices of matmul_tile.cuh, as a group of threads brings chunks of them into shared memory.
//
// A matrix lies with k along its rows (AlongK) or across them (AcrossK). A chunk is 64 rows (or columns) by Product::kDepth
// k. It lies in shared memory as in global memory, 16 bytes at a time, and is read as fp32; the Product says where each 16
// bytes go, so that its loads meet in no bank. What lies outside of the matrix arrives as zeros.
#pragma once

#include "async_copy.cuh"

namespace sae {

constexpr int kTile = 64;
constexpr int kTileThreads = 256;
constexpr int kRoundDepth = 64;                                      // k of one chunk for each group
constexpr int kCopies = kTile * kRoundDepth / 4 / kTileThreads;      // that a thread makes of a chunk of one matrix: 4

// A(i, k) = data[row(i) * stride + k] with row(i) = order[i], or i without an order.
template <class Product>
class AlongK {
 public:
  static constexpr bool kAlong = true;
  // Row of the i-th factor that a thread at `place`, 0 to 7, multiplies.
  __device__ static constexpr int row_of(int place, int i) { return 8 * i + place; }

  __device__ AlongK(const float* data, int stride, int rows, int depth, int first, const int* order = nullptr)
      : depth_(depth) {
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      const int row = first + outer(i);
      inside_[i] = row < rows;
      row_[i] = data + 4 * quad() + (inside_[i] ? static_cast<size_t>(order ? order[row] : row) * stride : 0);
    }
  }

  __device__ void expect(int) {}

  __device__ void fetch(int k0, float* chunk) const {
    const bool inside = k0 + 4 * quad() < depth_;
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      copy16(chunk + Product::along(outer(i), quad()), row_[i] + k0, inside && inside_[i]);
    }
  }

 private:
  static constexpr int kQuads = Product::kDepth / 4;
  __device__ static int quad() { return static_cast<int>(threadIdx.x) % kQuads; }
  __device__ static int outer(int i) {
    return static_cast<int>(threadIdx.x) % Product::kGroupThreads / kQuads + i * (kTile / kCopies);
  }
  const float* row_[kCopies];
  bool inside_[kCopies];
  int depth_;
};

// A(i, k) = data[row(k) * stride + i] with row(k) = order[k], or k without an order.
template <class Product>
class AcrossK {
 public:
  static constexpr bool kAlong = false;
  // Here four follow each other.
  __device__ static constexpr int row_of(int place, int i) { return 4 * place + i % 4 + i / 4 * 32; }

  __device__ AcrossK(const float* data, int stride, int columns, int depth, int first, const int* order = nullptr)
      : data_(data + first + 4 * quad()),
        order_(order),
        stride_(stride),
        depth_(depth),
        inside_(first + 4 * quad() < columns) {}

  // The next fetch is of the chunk from k0: its part of the order travels meanwhile.
  __device__ void expect(int k0) {
    if (!order_) return;
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      const int k = k0 + inner(i);
      row_[i] = k < depth_ ? order_[k] : 0;
    }
  }

  __device__ void fetch(int k0, float* chunk) const {
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      const int k = k0 + inner(i);
      copy16(chunk + Product::across(inner(i), quad()), data_ + static_cast<size_t>(order_ ? row_[i] : k) * stride_,
             inside_ && k < depth_);
    }
  }

 private:
  static constexpr int kQuads = kTile / 4;
  __device__ static int quad() { return static_cast<int>(threadIdx.x) % kQuads; }
  __device__ static int inner(int i) {
    return static_cast<int>(threadIdx.x) % Product::kGroupThreads / kQuads + i * (Product::kDepth / kCopies);
  }
  const float* data_;
  const int* order_;
  int stride_, depth_;
  bool inside_;
  int row_[kCopies] = {};
};

}  // namespace sae
