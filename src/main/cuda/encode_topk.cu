// encode_topk: z = x W_encᵀ + b_enc of a batch of rows and the k selected latents of each row, in two launches: the
// product (here) leaves z in global memory, and select_topk chooses.
//
//   x [rows, d_in] through the epoch's row order, W_enc [d_sae, d_in], z [rows, d_sae]; with pre-bias x - b_dec for x, which
//   centre_rows writes first.
//
// Parallel: a block for a 64 x 64 tile of z and, while the tiles are fewer than 128, for a part of d_in (matmul_tile.cuh);
// the last block of a tile adds the parts and the bias.
// Work: 2 rows d_in d_sae FLOP. Bytes from L2: tiles x 128 d_in floats, z once; 256 x 2048 x 512: 0.54 GFLOP, 34 MB.

#include "kernels.cuh"
#include "products.cuh"

namespace sae {

// ---- kernel ----

template <class Product>
__global__ void __launch_bounds__(kTileThreads)
    encode_kernel(const float* __restrict__ inputs, const int* __restrict__ order, const float* __restrict__ w_enc,
                  const float* __restrict__ b_enc, float* __restrict__ z, int rows, int d_sae, int in_stride,
                  int sae_stride, SplitSpace space) {
  DYNAMIC_SHARED(float, shared);
  const int first_row = static_cast<int>(blockIdx.x) * kTile, first_latent = static_cast<int>(blockIdx.y) * kTile;
  const AlongK<Product> a(inputs, in_stride, rows, in_stride, first_row, order);
  const AlongK<Product> b(w_enc, in_stride, d_sae, in_stride, first_latent);
  const SplitRange range = split_range(in_stride);
  multiply_tile<Product>(a, b, range.begin, range.end, shared);
  const int latent = first_latent + thread_column();
  const float4 bias = latent < sae_stride ? load4(b_enc + latent) : zero4();
  ThreadTile c;
  add_groups<Product>(shared, c);
  if (!add_splits(space, c) || latent >= sae_stride) return;
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) {
    const int row = first_row + thread_row() + i;
    if (row < rows) store4(z + static_cast<size_t>(row) * sae_stride + latent, add4(c[i], bias));
  }
}

// ---- launcher ----

void encode_topk(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream) {
  const device::Range range("encode_topk");
  if (shape.pre_bias) centre_rows(shape, weights, batch, stream);
  const int row_tiles = div_up(batch.rows, kTile), latent_tiles = div_up(shape.d_sae, kTile);
  const dim3 grid(row_tiles, latent_tiles, shape.splits);
  const Rows inputs = encoder_inputs(shape, batch);
  with_product(shape.precision, [&](auto product) {
    launch("encode", encode_kernel<decltype(product)>, {grid, dim3(kTileThreads), kTileBytes}, stream, inputs.data,
           inputs.order, weights.w_enc, weights.b_enc, batch.z, batch.rows, shape.d_sae, shape.in_stride, shape.sae_stride,
           batch.split);
  });
  select_topk(shape, batch, stream);
}

}  // namespace sae
