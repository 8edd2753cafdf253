// centre_rows: the rows of a batch without the pre-bias, in the order of the batch, for the encoder and its gradient.
//
//   inputs = x - b_dec;   x [rows, d_in] through the row order, inputs [rows, d_in].
//
// Parallel: a thread for four columns of a row. Bytes: rows d_in floats read and as many written; once a batch, so that no
// product subtracts in its inner loop.

#include "common.cuh"
#include "kernels.cuh"

namespace sae {

// ---- kernel ----

constexpr int kCentreThreads = 256;

__global__ void __launch_bounds__(kCentreThreads)
    centre_rows_kernel(const float* __restrict__ x, const int* __restrict__ order, const float* __restrict__ b_dec,
                       float* __restrict__ inputs, int in_stride) {
  const int row = static_cast<int>(blockIdx.x);
  const int column = 4 * static_cast<int>(blockIdx.y * kCentreThreads + threadIdx.x);
  if (column >= in_stride) return;
  const float4 v = load4(x + static_cast<size_t>(order ? order[row] : row) * in_stride + column);
  store4(inputs + static_cast<size_t>(row) * in_stride + column, subtract4(v, load4(b_dec + column)));
}

// ---- launcher ----

void centre_rows(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream) {
  const device::Range range("centre_rows");
  launch("centre_rows", centre_rows_kernel,
         {dim3(batch.rows, div_up(shape.in_stride, 4 * kCentreThreads)), dim3(kCentreThreads)}, stream, batch.x, batch.order,
         weights.b_dec, batch.inputs, shape.in_stride);
}

}  // namespace sae
