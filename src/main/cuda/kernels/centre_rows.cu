// centre_rows: the rows of a batch without the pre-bias, in the order of the batch, for the encoder and its gradient.
//
//   inputs = x - b_dec;   x [rows, d_in] through the row order, inputs [rows, d_in].
//
// Parallel: a thread for four columns of a row. Bytes: rows d_in floats read and as many written; once a batch, so that
// no product subtracts in its inner loop.

#include "templates/batch.cuh"

namespace sae {

// ---- kernel ----

constexpr int kCentreThreads = 256;

__global__ void __launch_bounds__(kCentreThreads)
    centre_rows_kernel(Shape shape, Weights weights, Batch batch, Scratch scratch) {
  const int row = static_cast<int>(blockIdx.x);
  const int column = 4 * static_cast<int>(blockIdx.y * kCentreThreads + threadIdx.x);
  if (column >= shape.in_stride) return;
  const float4 x = load4(batch.x + row_of_x(batch, row) * shape.in_stride + column);
  store4(scratch.inputs + static_cast<size_t>(row) * shape.in_stride + column,
         subtract4(x, load4(weights.b_dec + column)));
}

// ---- launcher ----

void centre_rows(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                 device::Stream stream) {
  const device::Range range("centre_rows");
  launch("centre_rows", centre_rows_kernel,
         {dim3(batch.rows, div_up(shape.in_stride, 4 * kCentreThreads)), dim3(kCentreThreads)}, stream, shape, weights,
         batch, scratch);
}

}  // namespace sae
