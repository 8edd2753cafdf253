// decode_sparse: x_hat = b_dec + sum over a row's latents of value * W_dec[index].
//
//   indices, values [rows, k] (any indices, in any order), W_dec [d_sae, d_in], x_hat [rows, d_in].
//
// Parallel: a block for each row and 512 columns, four columns a thread, latents in the given order.
// Work: 2 rows k d_in FLOP. Bytes: rows k d_in floats gathered from W_dec (L2 where it fits), x_hat written once.

#include "templates/gather.cuh"

namespace sae {

// ---- kernel ----

__global__ void __launch_bounds__(kGatherThreads) decode_sparse_kernel(Shape shape, Weights weights, Scratch scratch) {
  const size_t row = blockIdx.x;
  const int column = static_cast<int>(blockIdx.y) * kGatherColumns + static_cast<int>(threadIdx.x) * 4;
  if (column >= shape.in_stride) return;
  store4(scratch.x_hat + row * shape.in_stride + column, decode_columns(shape, weights, scratch, row, column));
}

// ---- launcher ----

void decode_sparse(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                   device::Stream stream) {
  const device::Range range("decode_sparse");
  launch("decode_sparse", decode_sparse_kernel,
         {dim3(batch.rows, div_up(shape.in_stride, kGatherColumns)), dim3(kGatherThreads)}, stream, shape, weights,
         scratch);
}

}  // namespace sae
