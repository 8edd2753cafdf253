// decode_loss: reconstruction, residual, loss and the parts of b_dec's gradient, in one pass over x.
// reconstruct: the same kernels, which leave x_hat instead of the residual; nothing reads their other results then.
//
//   x_hat = s W_dec + b_dec;   residual = 2 (x_hat - x) / (rows d_in);   loss part = sum of (x_hat - x)²
//   s (`sparse`) [rows, d_sae] or lists [rows, k]; W_dec [d_sae, d_in]; x, residual [rows, d_in], x through the row
//   order.
//
// Dense:  a block for a 64 x 64 tile of x_hat (matmul_tile.cuh), x_hat stays in registers.
//         2 rows d_sae d_in FLOP; 256 x 512 x 2048: 0.54 GFLOP, 128 blocks, 34 MB from L2.
// Gather: a block for 8 rows and 512 columns, four columns a thread. 2 rows k d_in FLOP, rows k d_in floats from W_dec.
// Each block writes one loss part (double) and the column sums of its rows; bias_gradient.cuh adds them in order.

#include "templates/batch.cuh"
#include "templates/gather.cuh"
#include "templates/products.cuh"

namespace sae {

constexpr int kGatherRows = 8;

// Which of the two operations a launch is.
struct DecodeGoal {
  bool keeps_x_hat;  // else the residual
  float scale;       // of x_hat - x in the residual
};

// ---- kernels ----

// Stores and returns four columns of the residual, or x_hat; adds the squared error to `squares`.
__device__ __forceinline__ float4 finish_columns(const Scratch& scratch, const DecodeGoal& goal, float4 x_hat, float4 x,
                                                 size_t offset, float& squares) {
  const float4 e = subtract4(x_hat, x);
  squares = fmaf(e.x, e.x, fmaf(e.y, e.y, fmaf(e.z, e.z, fmaf(e.w, e.w, squares))));
  const float4 residual = make_float4(goal.scale * e.x, goal.scale * e.y, goal.scale * e.z, goal.scale * e.w);
  store4((goal.keeps_x_hat ? scratch.x_hat : scratch.residual) + offset, goal.keeps_x_hat ? x_hat : residual);
  return residual;
}

// The block's part of the loss. A sum of finite floats is finite in double, so that each block can tell alone.
template <int kThreads>
__device__ __forceinline__ void store_loss_part(const Batch& batch, const Scratch& scratch, float squares) {
  const double total = block_sum<kThreads>(squares);
  if (threadIdx.x != 0) return;
  scratch.loss_partials[blockIdx.y * gridDim.x + blockIdx.x] = total;
  if (!(total <= DBL_MAX)) atomicMin(batch.bad_batch, batch.number);
}

// Bounded to one block on a multiprocessor in every precision: a round takes fewer cycles in bf16 too, in registers
// that still leave room for two.
template <class Product>
__global__ void __launch_bounds__(kTileThreads, 1)
    decode_loss_dense_kernel(Shape shape, Weights weights, Batch batch, Scratch scratch, DecodeGoal goal) {
  DYNAMIC_SHARED(float, shared);
  const int first_row = static_cast<int>(blockIdx.x) * kTile;
  const int first_column = static_cast<int>(blockIdx.y) * Product::kColumns;
  const AlongK<Product, kTile> a(scratch.sparse, shape.sae_stride, batch.rows, shape.sae_stride, first_row);
  const AcrossK<Product, Product::kColumns> b(weights.w_dec, shape.in_stride, shape.in_stride, shape.d_sae,
                                              first_column);
  multiply_tile<Product>(a, b, 0, shape.d_sae, shared);

  // x and the bias are asked for before the threads meet, so that they travel while they wait.
  const int row = first_row + Product::thread_row(), column = first_column + Product::thread_column();
  const int thread_rows = column < shape.in_stride ? batch.rows - row : 0;
  const float4 bias = thread_rows > 0 ? load4(weights.b_dec + column) : zero4();
  ThreadTile<Product> x, c;
#pragma unroll
  for (int i = 0; i < Product::kThreadRows; ++i) {
    x[i] = i < thread_rows ? load4(batch.x + row_of_x(batch, row + i) * shape.in_stride + column) : zero4();
  }
  add_groups<Product>(shared, c);
  // c turns from x_hat into the residual, row by row; rows past the batch become 0, so that they add nothing below.
  float squares = 0.0f;
#pragma unroll
  for (int i = 0; i < Product::kThreadRows; ++i) {
    const size_t offset = static_cast<size_t>(row + i) * shape.in_stride + column;
    c[i] = i < thread_rows ? finish_columns(scratch, goal, add4(c[i], bias), x[i], offset, squares) : zero4();
  }
  // While the residual is in registers: b_dec's gradient is its column sum, here over the rows of this tile.
  float* column_sums = scratch.b_dec_partials + static_cast<size_t>(blockIdx.x) * shape.in_stride;
  store_column_sums<Product>(c, shared, column_sums, first_column, shape.in_stride);
  store_loss_part<kTileThreads>(batch, scratch, squares);
}

__global__ void __launch_bounds__(kGatherThreads)
    decode_loss_gather_kernel(Shape shape, Weights weights, Batch batch, Scratch scratch, DecodeGoal goal) {
  const int first_row = static_cast<int>(blockIdx.x) * kGatherRows;
  const int column = static_cast<int>(blockIdx.y) * kGatherColumns + static_cast<int>(threadIdx.x) * 4;
  float squares = 0.0f;  // a thread without columns still joins the block's sum below
  if (column < shape.in_stride) {
    float4 column_sums = zero4();
    for (int row = first_row; row < first_row + kGatherRows && row < batch.rows; ++row) {
      const float4 x_hat = decode_columns(shape, weights, scratch, row, column);
      const float4 x = load4(batch.x + row_of_x(batch, row) * shape.in_stride + column);
      const size_t offset = static_cast<size_t>(row) * shape.in_stride + column;
      column_sums = add4(column_sums, finish_columns(scratch, goal, x_hat, x, offset, squares));
    }
    store4(scratch.b_dec_partials + static_cast<size_t>(blockIdx.x) * shape.in_stride + column, column_sums);
  }
  store_loss_part<kGatherThreads>(batch, scratch, squares);
}

// ---- launchers ----

int decode_row_groups(const Shape& shape, int rows) { return div_up(rows, shape.gather ? kGatherRows : kTile); }

size_t decode_blocks(const Shape& shape, int rows) {
  const int slices = div_up(shape.in_stride, shape.gather ? kGatherColumns : kTile);
  return static_cast<size_t>(decode_row_groups(shape, rows)) * slices;
}

namespace {

void launch_decode(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                   bool keeps_x_hat, device::Stream stream) {
  const DecodeGoal goal = {keeps_x_hat, static_cast<float>(2.0 / (static_cast<double>(batch.rows) * shape.d_in))};
  const int row_groups = decode_row_groups(shape, batch.rows);
  if (shape.gather) {
    launch("decode_loss_gather", decode_loss_gather_kernel,
           {dim3(row_groups, div_up(shape.in_stride, kGatherColumns)), dim3(kGatherThreads)}, stream, shape, weights,
           batch, scratch, goal);
  } else {
    with_product<kTile>(shape.precision, [&](auto product) {
      launch("decode_loss_dense", decode_loss_dense_kernel<decltype(product)>,
             {dim3(row_groups, div_up(shape.in_stride, kTile)), dim3(kTileThreads), kTileBytes}, stream, shape, weights,
             batch, scratch, goal);
    });
  }
}

}  // namespace

void reconstruct(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                 device::Stream stream) {
  const device::Range range("reconstruct");
  launch_decode(shape, weights, batch, scratch, true, stream);
}

void decode_loss(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                 device::Stream stream) {
  const device::Range range("decode_loss");
  launch_decode(shape, weights, batch, scratch, false, stream);
}

}  // namespace sae
