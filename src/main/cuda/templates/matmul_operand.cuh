// matmul_operand.cuh: the two matrices of matmul_tile.cuh, as a group of threads brings chunks of them into shared
// memory.
//
// A matrix lies with k along its rows (AlongK) or across them (AcrossK). A chunk is kOuter rows (or columns), those of
// the tile, by Product::kDepth k. It lies in shared memory as in global memory, 16 bytes at a time, and is read as
// fp32; the Product says where each 16 bytes go, so that its loads meet in no bank. What lies outside of the matrix
// arrives as zeros.
#pragma once

#include "templates/async_copy.cuh"

namespace sae {

// A(i, k) = data[row(i) * stride + k] with row(i) = order[i], or i without an order.
template <class Product, int kOuter>
class AlongK {
 public:
  static constexpr bool kAlong = true;
  // Row of the i-th factor that a thread at `place`, one of kPlaces, multiplies.
  template <int kPlaces>
  __device__ static constexpr int row_of(int place, int i) {
    return kPlaces * i + place;
  }

  __device__ AlongK(const float* data, int stride, int rows, int depth, int first, const int* order = nullptr)
      : rows_(rows - first - outer()), depth_(depth - 4 * quad()), place_(Product::along(outer(), quad())) {
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      const int row = first + outer() + i * kApart;
      from_[i] = data + 4 * quad() + (row < rows ? static_cast<size_t>(order ? order[row] : row) * stride : 0);
    }
  }

  __device__ void start(int k0) {
#pragma unroll
    for (int i = 0; i < kCopies; ++i) from_[i] += k0;
  }
  __device__ void fetch(int k0, float* chunk) {
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      copy16(chunk + place_ + i * (kApart * Product::kDepth), from_[i], k0 < depth_ && i * kApart < rows_);
      from_[i] += Product::kRoundDepth;
    }
  }

 private:
  static constexpr int kCopies = kOuter * Product::kDepth / 4 / Product::kGroupThreads;  // of 16 bytes, by a thread
  static constexpr int kApart = kOuter / kCopies;  // the places of two copies of a thread, in rows
  static constexpr int kQuads = Product::kDepth / 4;
  __device__ static int quad() { return static_cast<int>(threadIdx.x) % kQuads; }
  __device__ static int outer() { return static_cast<int>(threadIdx.x) % Product::kGroupThreads / kQuads; }
  const float* from_[kCopies];
  int rows_, depth_;  // from the thread's first on
  int place_;
};

// A(i, k) = data[row(k) * stride + i] with row(k) = k or, where kOrdered and there is an order, order[k].
template <class Product, int kOuter, bool kOrdered = false>
class AcrossK {
 public:
  static constexpr bool kAlong = false;
  // Here four follow each other.
  template <int kPlaces>
  __device__ static constexpr int row_of(int place, int i) {
    return 4 * place + i % 4 + i / 4 * (4 * kPlaces);
  }

  __device__ AcrossK(const float* data, int stride, int columns, int depth, int first, const int* order = nullptr)
      : from_(data + first + 4 * quad()),
        order_(order),
        stride_(stride),
        depth_(first + 4 * quad() < columns ? depth - inner() : 0),
        place_(Product::template across<kOuter>(inner(), quad())) {}

  __device__ void start(int k0) {
    if constexpr (kOrdered) {
      find_rows(k0);
    } else {
      from_ += static_cast<size_t>(k0 + inner()) * stride_;
    }
  }
  __device__ void fetch(int k0, float* chunk) {
    const float* from = from_;
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      if constexpr (kOrdered) from = from_ + static_cast<size_t>(row_[i]) * stride_;
      copy16(chunk + place_ + i * (kApart * kOuter), from, k0 + i * kApart < depth_);
      from += kApart * stride_;
    }
    if constexpr (kOrdered) {
      find_rows(k0 + Product::kRoundDepth);
    } else {
      from_ += Product::kRoundDepth * stride_;
    }
  }

 private:
  static constexpr int kCopies = kOuter * Product::kDepth / 4 / Product::kGroupThreads;  // of 16 bytes, by a thread
  static constexpr int kApart = Product::kDepth / kCopies;  // the places of two copies of a thread, in k
  static constexpr int kQuads = kOuter / 4;
  __device__ static int quad() { return static_cast<int>(threadIdx.x) % kQuads; }
  __device__ static int inner() { return static_cast<int>(threadIdx.x) % Product::kGroupThreads / kQuads; }

  // What the order says of the chunk from k0 travels while another is multiplied.
  __device__ void find_rows(int k0) {
#pragma unroll
    for (int i = 0; i < kCopies; ++i) {
      const int k = k0 + i * kApart;
      row_[i] = order_ && k < depth_ ? order_[k + inner()] : k + inner();
    }
  }

  const float* from_;  // where kOrdered of row 0, else of the thread's first k of the next chunk
  const int* order_;
  int stride_, depth_;  // depth_: from the thread's first k on; 0 where its columns are outside
  int place_;
  int row_[kCopies];
};

}  // namespace sae
