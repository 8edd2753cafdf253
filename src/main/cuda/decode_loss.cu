// decode_loss: reconstruction, residual, loss and the parts of b_dec's gradient, in one pass over x.
// reconstruct: the same kernels, which then leave x_hat in the place of the residual.
//
//   x_hat = s W_dec + b_dec;   residual = 2 (x_hat - x) / (rows d_in);   loss part = sum of (x_hat - x)²
//   s [rows, d_sae] or lists [rows, k]; W_dec [d_sae, d_in]; x, residual [rows, d_in], x through the row order.
//
// Dense:  a block for a 64 x 64 tile of x_hat (matmul_tile.cuh), x_hat stays in registers.
//         2 rows d_sae d_in FLOP; 256 x 512 x 2048: 0.54 GFLOP, 128 blocks, 34 MB from L2.
// Gather: a block for 8 rows and 512 columns, four columns a thread. 2 rows k d_in FLOP, rows k d_in floats from W_dec.
// Each block writes one loss part (double) and the column sums of its rows; bias_gradient.cuh adds them in order.

#include "gather.cuh"
#include "kernels.cuh"
#include "products.cuh"

namespace sae {

constexpr int kGatherRows = 8;

struct DecodeOutput {
  float* residual;
  double* loss_partials;   // [gridDim.y, gridDim.x]
  float* b_dec_partials;   // [gridDim.x, in_stride]
  float scale;             // of x_hat - x in the residual
  bool keep_x_hat;
  int* bad_batch;
  int number;              // of the batch
};

// ---- kernels ----

// Writes and returns four columns of the residual; adds the squared error to `squares`.
__device__ __forceinline__ float4 finish_columns(const DecodeOutput& out, float4 x_hat, float4 x, size_t offset,
                                                 float& squares) {
  const float4 e = subtract4(x_hat, x);
  squares = fmaf(e.x, e.x, fmaf(e.y, e.y, fmaf(e.z, e.z, fmaf(e.w, e.w, squares))));
  const float4 residual =
      out.keep_x_hat ? x_hat : make_float4(out.scale * e.x, out.scale * e.y, out.scale * e.z, out.scale * e.w);
  store4(out.residual + offset, residual);
  return residual;
}

// The block's part of the loss. A sum of finite floats is finite in double, so that each block can tell alone.
template <int kThreads>
__device__ __forceinline__ void store_loss_part(const DecodeOutput& out, float squares) {
  const double total = block_sum<kThreads>(squares);
  if (threadIdx.x != 0) return;
  out.loss_partials[blockIdx.y * gridDim.x + blockIdx.x] = total;
  if (!(total <= DBL_MAX)) atomicMin(out.bad_batch, out.number);
}

template <class Product>
__global__ void __launch_bounds__(kTileThreads)
    decode_loss_dense_kernel(const float* __restrict__ s, const float* __restrict__ w_dec, const float* __restrict__ b_dec,
                             const float* __restrict__ x, const int* __restrict__ order, DecodeOutput out, int rows,
                             int d_sae, int in_stride, int sae_stride) {
  DYNAMIC_SHARED(float, shared);
  const int first_row = static_cast<int>(blockIdx.x) * kTile, first_column = static_cast<int>(blockIdx.y) * kTile;
  const AlongK<Product> a(s, sae_stride, rows, sae_stride, first_row);
  const AcrossK<Product> b(w_dec, in_stride, in_stride, d_sae, first_column);
  multiply_tile<Product>(a, b, 0, d_sae, shared);

  const int row = first_row + thread_row(), column = first_column + thread_column();
  const int thread_rows = column < in_stride ? rows - row : 0;
  const float4 bias = column < in_stride ? load4(b_dec + column) : zero4();
  ThreadTile x_tile, c;
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) {
    const size_t x_row = i < thread_rows && order ? order[row + i] : row + i;
    x_tile[i] = i < thread_rows ? load4(x + x_row * in_stride + column) : zero4();
  }
  add_groups<Product>(shared, c);
  float squares = 0.0f;
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) {
    c[i] = i < thread_rows ? finish_columns(out, add4(c[i], bias), x_tile[i],
                                            static_cast<size_t>(row + i) * in_stride + column, squares)
                           : zero4();
  }
  store_column_sums(c, shared, out.b_dec_partials + static_cast<size_t>(blockIdx.x) * in_stride, first_column, in_stride);
  store_loss_part<kTileThreads>(out, squares);
}

__global__ void __launch_bounds__(kGatherThreads)
    decode_loss_gather_kernel(const int32_t* __restrict__ indices, const float* __restrict__ values,
                              const float* __restrict__ w_dec, const float* __restrict__ b_dec, const float* __restrict__ x,
                              const int* __restrict__ order, DecodeOutput out, int rows, int k, int in_stride) {
  const int first_row = static_cast<int>(blockIdx.x) * kGatherRows;
  const int column = static_cast<int>(blockIdx.y) * kGatherColumns + static_cast<int>(threadIdx.x) * 4;
  float squares = 0.0f;
  if (column < in_stride) {
    float4 column_sums = zero4();
    for (int row = first_row; row < first_row + kGatherRows && row < rows; ++row) {
      const size_t list = static_cast<size_t>(row) * k;
      const float4 x_hat = decode_columns(indices + list, values + list, k, w_dec, b_dec, in_stride, column);
      const float4 x_row = load4(x + static_cast<size_t>(order ? order[row] : row) * in_stride + column);
      const size_t offset = static_cast<size_t>(row) * in_stride + column;
      column_sums = add4(column_sums, finish_columns(out, x_hat, x_row, offset, squares));
    }
    store4(out.b_dec_partials + static_cast<size_t>(blockIdx.x) * in_stride + column, column_sums);
  }
  store_loss_part<kGatherThreads>(out, squares);
}

// ---- launchers ----

int decode_row_groups(const Shape& shape, int rows) { return div_up(rows, gathers(shape) ? kGatherRows : kTile); }

size_t decode_blocks(const Shape& shape, int rows) {
  const int slices = div_up(shape.in_stride, gathers(shape) ? kGatherColumns : kTile);
  return static_cast<size_t>(decode_row_groups(shape, rows)) * slices;
}

namespace {

void launch_decode(const Shape& shape, const Weights& weights, const Batch& batch, bool keep_x_hat, device::Stream stream) {
  const float scale = static_cast<float>(2.0 / (static_cast<double>(batch.rows) * shape.d_in));
  const DecodeOutput out = {batch.residual, batch.loss_partials, batch.b_dec_partials, scale,
                            keep_x_hat,     batch.bad_batch,     batch.number};
  const int row_groups = decode_row_groups(shape, batch.rows);
  if (gathers(shape)) {
    launch("decode_loss_gather", decode_loss_gather_kernel,
           {dim3(row_groups, div_up(shape.in_stride, kGatherColumns)), dim3(kGatherThreads)}, stream, batch.indices,
           batch.values, weights.w_dec, weights.b_dec, batch.x, batch.order, out, batch.rows, shape.k, shape.in_stride);
  } else {
    with_product(shape.precision, [&](auto product) {
      launch("decode_loss_dense", decode_loss_dense_kernel<decltype(product)>,
             {dim3(row_groups, div_up(shape.in_stride, kTile)), dim3(kTileThreads), kTileBytes}, stream, batch.z,
             weights.w_dec, weights.b_dec, batch.x, batch.order, out, batch.rows, shape.d_sae, shape.in_stride,
             shape.sae_stride);
    });
  }
}

}  // namespace

void decode_loss(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream) {
  const device::Range range("decode_loss");
  launch_decode(shape, weights, batch, false, stream);
}

void reconstruct(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream) {
  const device::Range range("reconstruct");
  launch_decode(shape, weights, batch, true, stream);
}

}  // namespace sae
