// latent_gradient: dz = residual W_decᵀ where the mask lets the gradient pass, else 0; and the parts of b_enc's
// gradient.
//
//   residual [rows, d_in] (gradient of the loss by x_hat), W_dec [d_sae, d_in], mask and dz [rows, d_sae].
//
// Dense:  a block for a 64 x 64 tile of dz and a part of d_in (matmul_tile.cuh); the last block of a tile masks, stores
//         and sums its columns. 2 rows d_in d_sae FLOP; 256 x 2048 x 512: 0.54 GFLOP, 34 MB from L2.
// Gather: a warp for each selected latent of each row: one dot product of d_in; the other entries of dz stay unwritten.
//         2 rows k d_in FLOP, rows k d_in floats from W_dec. Then the mask is transposed to [d_sae, rows] bits, and a
//         warp for each latent sums its dz over the rows.

#include "templates/gather.cuh"
#include "templates/products.cuh"

namespace sae {

// ---- kernels ----

// Bits of latents 32 * word .. 32 * word + 31.
__device__ __forceinline__ uint32_t mask_word(const Shape& shape, const Scratch& scratch, size_t row, int word) {
  return __ldg(scratch.mask + row * shape.mask_words + word);
}

template <class Product>
__global__ void __launch_bounds__(kTileThreads, Product::kBlocks)
    latent_gradient_dense_kernel(Shape shape, Weights weights, Batch batch, Scratch scratch) {
  DYNAMIC_SHARED(float, shared);
  const int first_row = static_cast<int>(blockIdx.x) * kTile;
  const int first_latent = static_cast<int>(blockIdx.y) * Product::kColumns;
  const AlongK<Product, kTile> a(scratch.residual, shape.in_stride, batch.rows, shape.in_stride, first_row);
  const AlongK<Product, Product::kColumns> b(weights.w_dec, shape.in_stride, shape.d_sae, shape.in_stride,
                                             first_latent);
  const DepthRange range = depth_range<Product>(shape.in_stride);
  multiply_tile<Product>(a, b, range.begin, range.end, shared);

  // The mask is asked for before the threads meet, so that it travels while they wait. A thread's four latents lie in
  // one word, because its first one is a multiple of four.
  const int row = first_row + Product::thread_row(), latent = first_latent + Product::thread_column();
  const int thread_rows = latent < shape.sae_stride ? batch.rows - row : 0;
  uint32_t bits[Product::kThreadRows];
#pragma unroll
  for (int i = 0; i < Product::kThreadRows; ++i) {
    bits[i] = i < thread_rows ? mask_word(shape, scratch, row + i, latent / 32) >> latent % 32 : 0u;
  }
  ThreadTile<Product> c;
  add_groups<Product>(shared, c);
  if (!add_depth_parts<Product>(scratch.depth, c)) return;  // a mask applies to whole sums, in the tile's last block
#pragma unroll
  for (int i = 0; i < Product::kThreadRows; ++i) {
    c[i] = make_float4(bits[i] & 1u ? c[i].x : 0.0f, bits[i] & 2u ? c[i].y : 0.0f, bits[i] & 4u ? c[i].z : 0.0f,
                       bits[i] & 8u ? c[i].w : 0.0f);
    if (i < thread_rows) store4(scratch.dz + static_cast<size_t>(row + i) * shape.sae_stride + latent, c[i]);
  }
  // While dz is in registers: b_enc's gradient is its column sum, here over the rows of this tile.
  float* column_sums = scratch.b_enc_partials + static_cast<size_t>(blockIdx.x) * shape.sae_stride;
  store_column_sums<Product>(c, shared, column_sums, first_latent, shape.sae_stride);
}

constexpr int kDotWarps = 8;

__global__ void __launch_bounds__(kDotWarps * 32)
    latent_gradient_gather_kernel(Shape shape, Weights weights, Batch batch, Scratch scratch) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const size_t pair = static_cast<size_t>(blockIdx.x) * kDotWarps + threadIdx.x / 32;
  if (pair >= static_cast<size_t>(batch.rows) * shape.k) return;
  const size_t row = pair / shape.k;
  const int latent = scratch.indices[pair];
  // Selected, but cut by the ReLU: its dz is never read, since active_rows comes from the same mask.
  if (!(mask_word(shape, scratch, row, latent / 32) >> latent % 32 & 1u)) return;
  const float* residual_row = scratch.residual + row * shape.in_stride;
  const float* w_row = weights.w_dec + static_cast<size_t>(latent) * shape.in_stride;
  float sum = 0.0f;
  for (int column = 4 * lane; column < shape.in_stride; column += 128) {
    const float4 r = load4(residual_row + column), w = load4(w_row + column);
    sum = fmaf(r.x, w.x, fmaf(r.y, w.y, fmaf(r.z, w.z, fmaf(r.w, w.w, sum))));
  }
  sum = warp_sum(sum);
  if (lane == 0) scratch.dz[row * shape.sae_stride + latent] = sum;
}

// One warp turns 32 rows x 32 latents of the mask around.
__global__ void __launch_bounds__(32) transpose_mask_kernel(Shape shape, Batch batch, Scratch scratch) {
  const int lane = static_cast<int>(threadIdx.x);
  const int word = static_cast<int>(blockIdx.x), row_word = static_cast<int>(blockIdx.y);
  const int row = 32 * row_word + lane, latent = 32 * word + lane;
  const uint32_t bits = row < batch.rows ? mask_word(shape, scratch, row, word) : 0u;
  // Lane r holds row r's 32 latents; a vote on bit i gathers latent i's 32 rows, which lane i keeps.
  uint32_t mine = 0;
  for (int i = 0; i < 32; ++i) {
    const uint32_t rows_of_latent = __ballot_sync(kFullWarp, bits >> i & 1u);
    if (lane == i) mine = rows_of_latent;
  }
  if (latent < shape.d_sae) scratch.active_rows[static_cast<size_t>(latent) * div_up(batch.rows, 32) + row_word] = mine;
}

__global__ void __launch_bounds__(kDotWarps * 32) b_enc_gather_kernel(Shape shape, Batch batch, Scratch scratch) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int latent = static_cast<int>(blockIdx.x) * kDotWarps + static_cast<int>(threadIdx.x) / 32;
  if (latent >= shape.sae_stride) return;
  // A lane takes every 32nd word of the latent's rows, and their set bits in ascending order: the order of the sum
  // depends on the shape alone.
  float sum = 0.0f;
  const int words = latent < shape.d_sae ? div_up(batch.rows, 32) : 0;
  for (int word = lane; word < words; word += 32) {
    uint32_t bits = __ldg(scratch.active_rows + static_cast<size_t>(latent) * words + word);
    for (; bits; bits &= bits - 1) {
      const size_t row = 32 * static_cast<size_t>(word) + __ffs(bits) - 1;
      sum += scratch.dz[row * shape.sae_stride + latent];
    }
  }
  sum = warp_sum(sum);
  if (lane == 0) scratch.b_enc_partials[latent] = sum;
}

// ---- launcher ----

int latent_row_groups(const Shape& shape, int rows) { return shape.gather ? 1 : div_up(rows, kTile); }

namespace {

void launch_dense(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                  device::Stream stream) {
  const dim3 grid(div_up(batch.rows, kTile), div_up(shape.d_sae, kTile), shape.depth_parts);
  with_product<kTile>(shape.precision, [&](auto product) {
    launch("latent_gradient_dense", latent_gradient_dense_kernel<decltype(product)>,
           {grid, dim3(kTileThreads), kTileBytes}, stream, shape, weights, batch, scratch);
  });
}

void launch_gather(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                   device::Stream stream) {
  const size_t blocks = (static_cast<size_t>(batch.rows) * shape.k + kDotWarps - 1) / kDotWarps;
  launch("latent_gradient_gather", latent_gradient_gather_kernel,
         {dim3(static_cast<unsigned>(blocks)), dim3(kDotWarps * 32)}, stream, shape, weights, batch, scratch);
  launch("transpose_mask", transpose_mask_kernel, {dim3(shape.mask_words, div_up(batch.rows, 32)), dim3(32)}, stream,
         shape, batch, scratch);
  launch("b_enc_gather", b_enc_gather_kernel, {dim3(div_up(shape.sae_stride, kDotWarps)), dim3(kDotWarps * 32)}, stream,
         shape, batch, scratch);
}

}  // namespace

void latent_gradient(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                     device::Stream stream) {
  const device::Range range("latent_gradient");
  (shape.gather ? launch_gather : launch_dense)(shape, weights, batch, scratch, stream);
}

}  // namespace sae
