// encode_topk: z = x W_encᵀ + b_enc of a batch of rows and the k selected latents of each row, in two launches: the
// product (here) leaves z in global memory, and select_topk chooses.
//
//   x [rows, d_in] through the epoch's row order, W_enc [d_sae, d_in], z [rows, d_sae]; with pre-bias x - b_dec for x,
//   which centre_rows writes first.
//
// Parallel: a block for a 64 x 64 tile of z and, while the tiles are fewer than 128, for a part of d_in
// (matmul_tile.cuh); the last block of a tile adds the parts and the bias. Where there are many tiles, they have 128
// latents. Work: 2 rows d_in d_sae FLOP. Bytes from L2: tiles x 128 d_in floats, z once; 256 x 2048 x 512: 0.54 GFLOP,
// 34 MB. 8192 x 4096 x 65,536 in wide tiles of 192 d_in floats: 4.4 TFLOP, 206 GB.

#include "templates/batch.cuh"
#include "templates/products.cuh"

namespace sae {

// ---- kernel ----

template <class Product>
__global__ void __launch_bounds__(kTileThreads, Product::kBlocks)
    encode_kernel(Shape shape, Weights weights, Batch batch, Scratch scratch) {
  DYNAMIC_SHARED(float, shared);
  // Where more than one block shares the tile, each multiplies its own part of d_in.
  const int first_row = static_cast<int>(blockIdx.x) * kTile;
  const int first_latent = static_cast<int>(blockIdx.y) * Product::kColumns;
  const EncoderInputs x = encoder_inputs(shape, batch, scratch);
  const AlongK<Product, kTile> a(x.data, shape.in_stride, batch.rows, shape.in_stride, first_row, x.order);
  const AlongK<Product, Product::kColumns> b(weights.w_enc, shape.in_stride, shape.d_sae, shape.in_stride,
                                             first_latent);
  const DepthRange range = depth_range<Product>(shape.in_stride);
  multiply_tile<Product>(a, b, range.begin, range.end, shared);

  // The bias is asked for before the threads meet, so that it travels while they wait.
  const int row = first_row + Product::thread_row(), latent = first_latent + Product::thread_column();
  const int thread_rows = latent < shape.sae_stride ? batch.rows - row : 0;
  const float4 bias = thread_rows > 0 ? load4(weights.b_enc + latent) : zero4();
  ThreadTile<Product> c;
  add_groups<Product>(shared, c);
  // Only the last block of a tile goes on, with the sum of all parts: it alone adds the bias, once.
  if (!add_depth_parts<Product>(scratch.depth, c)) return;
#pragma unroll
  for (int i = 0; i < Product::kThreadRows; ++i) {
    if (i < thread_rows) store4(scratch.z + static_cast<size_t>(row + i) * shape.sae_stride + latent, add4(c[i], bias));
  }
}

// ---- launcher ----

namespace {

template <int kColumns>
void launch_product(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                    device::Stream stream) {
  const dim3 grid(div_up(batch.rows, kTile), div_up(shape.d_sae, kColumns), shape.depth_parts);
  with_product<kColumns>(shape.precision, [&](auto product) {
    launch("encode", encode_kernel<decltype(product)>, {grid, dim3(kTileThreads), kTileBytes}, stream, shape, weights,
           batch, scratch);
  });
}

}  // namespace

void encode_topk(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                 device::Stream stream) {
  const device::Range range("encode_topk");
  if (shape.pre_bias) centre_rows(shape, weights, batch, scratch, stream);
  (shape.wide_encoder ? launch_product<kWideTile> : launch_product<kTile>)(shape, weights, batch, scratch, stream);
  select_topk(shape, batch, scratch, stream);
}

}  // namespace sae
