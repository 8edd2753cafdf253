// decode_sparse: x_hat = b_dec + sum over a row's latents of value * W_dec[index].
//
//   indices, values [rows, k] (any indices, in any order), W_dec [d_sae, d_in], x_hat [rows, d_in].
//
// Parallel: a block for each row and 512 columns, four columns a thread, latents in the given order.
// Work: 2 rows k d_in FLOP. Bytes: rows k d_in floats gathered from W_dec (L2 where it fits), x_hat written once.

#include "gather.cuh"
#include "kernels.cuh"

namespace sae {

// ---- kernel ----

__global__ void __launch_bounds__(kGatherThreads)
    decode_sparse_kernel(const int32_t* __restrict__ indices, const float* __restrict__ values,
                         const float* __restrict__ w_dec, const float* __restrict__ b_dec, float* __restrict__ x_hat, int k,
                         int in_stride) {
  const size_t row = blockIdx.x;
  const int column = static_cast<int>(blockIdx.y) * kGatherColumns + static_cast<int>(threadIdx.x) * 4;
  if (column >= in_stride) return;
  store4(x_hat + row * in_stride + column,
         decode_columns(indices + row * k, values + row * k, k, w_dec, b_dec, in_stride, column));
}

// ---- launcher ----

void decode_sparse(const Shape& shape, const Weights& weights, const int32_t* indices, const float* values, int rows,
                   float* x_hat, device::Stream stream) {
  const device::Range range("decode_sparse");
  launch("decode_sparse", decode_sparse_kernel, {dim3(rows, div_up(shape.in_stride, kGatherColumns)), dim3(kGatherThreads)},
         stream, indices, values, weights.w_dec, weights.b_dec, x_hat, shape.k, shape.in_stride);
}

}  // namespace sae
