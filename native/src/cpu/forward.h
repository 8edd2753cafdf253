// The forward pass over one batch: gather, encode, select, decode.
#pragma once

#include "kernels/kernels.h"
#include "memory.h"
#include "parameters.h"
#include "shape.h"
#include "thread_pool.h"

namespace sae::cpu {

// Row i of n is x + order[i] * d_in, or x + i * d_in without an order.
struct RowsView {
  const float* x;
  const int32_t* order;
  int64_t n;
};

class Forward {
 public:
  Forward(const Shape& shape, const Kernels& kernels, ThreadPool& pool)
      : shape_(shape), kernels_(kernels), pool_(pool) {}
  void plan(MemoryPlan& plan);

  // rows.n <= batch_size. Leaves the rows in x(), their selection in indices and values [n, k], ready for
  // `decode_tile`.
  void encode(const Parameters& parameters, const RowsView& rows, int32_t* indices, float* values);

  // z [rows, d_sae], any number of rows.
  void select(const float* z, int64_t rows, int32_t* indices, float* values);

  // Makes another selection, indices [rows, k], ready for `decode_tile`.
  void set_selection(const int32_t* indices, int64_t rows);
  // x_hat [rows, tile] of one tile, into x_hat(tile). values [rows, k]: those of the selection that is ready.
  void decode_tile(const Parameters& parameters, const float* values, int64_t rows, int64_t tile);

  const float* x(int64_t tile) const { return x_.data() + tile * tile_stride(); }
  float* x_hat(int64_t tile) { return x_hat_.data() + tile * tile_stride(); }

 private:
  // Whole row blocks, so that the encoder may read a block that has fewer rows.
  int64_t tile_stride() const {
    return blocks_of(shape_.batch_size, kernels_.encode_row_block) * kernels_.encode_row_block * shape_.tile;
  }
  void gather(const RowsView& rows, int64_t first, int64_t last);
  void find_blocks(const int32_t* indices, int64_t row);
  const float* encoder_bias(const Parameters& parameters);

  const Shape& shape_;
  const Kernels& kernels_;
  ThreadPool& pool_;
  Buffer<float> x_, x_hat_;  // tiles [d_in / tile][batch_size, padded][tile]
  Buffer<int64_t> begin_;    // the selection as SparseRows: [blocks of latents + 1][batch_size]
  Buffer<int32_t> offset_;   // and [batch_size, k]
  Buffer<float> bias_;       // [padded d_sae]: b_enc - W_enc b_dec
  Buffer<float> z_;          // scratch of each worker
  Buffer<uint32_t> keys_;
};

}  // namespace sae::cpu
