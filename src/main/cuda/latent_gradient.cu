// latent_gradient: dz = residual W_decᵀ where the mask lets the gradient pass, else 0; and the parts of b_enc's gradient.
//
//   residual [rows, d_in] (gradient of the loss by x_hat), W_dec [d_sae, d_in], mask and dz [rows, d_sae].
//
// Dense:  a block for a 64 x 64 tile of dz and a part of d_in (matmul_tile.cuh); the last block of a tile masks, stores
//         and sums its columns. 2 rows d_in d_sae FLOP; 256 x 2048 x 512: 0.54 GFLOP, 34 MB from L2.
// Gather: a warp for each selected latent of each row: one dot product of d_in; the other entries of dz stay unwritten.
//         2 rows k d_in FLOP, rows k d_in floats from W_dec. Then the mask is transposed to [d_sae, rows] bits, and a warp
//         for each latent sums its dz over the rows.

#include "gather.cuh"
#include "kernels.cuh"
#include "products.cuh"

namespace sae {

// ---- kernels ----

template <class Product>
__global__ void __launch_bounds__(kTileThreads)
    latent_gradient_dense_kernel(const float* __restrict__ residual, const float* __restrict__ w_dec,
                                 const uint32_t* __restrict__ mask, float* __restrict__ dz,
                                 float* __restrict__ b_enc_partials, int rows, int d_sae, int in_stride, int sae_stride,
                                 int mask_words, SplitSpace space) {
  DYNAMIC_SHARED(float, shared);
  const int first_row = static_cast<int>(blockIdx.x) * kTile, first_latent = static_cast<int>(blockIdx.y) * kTile;
  const AlongK<Product> a(residual, in_stride, rows, in_stride, first_row);
  const AlongK<Product> b(w_dec, in_stride, d_sae, in_stride, first_latent);
  const SplitRange range = split_range(in_stride);
  multiply_tile<Product>(a, b, range.begin, range.end, shared);
  const int row = first_row + thread_row(), latent = first_latent + thread_column();
  const int thread_rows = latent < sae_stride ? rows - row : 0;
  uint32_t bits[kThreadRows];
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) {
    bits[i] = i < thread_rows ? mask[static_cast<size_t>(row + i) * mask_words + latent / 32] >> latent % 32 : 0u;
  }
  ThreadTile c;
  add_groups<Product>(shared, c);
  if (!add_splits(space, c)) return;
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) {
    c[i] = make_float4(bits[i] & 1u ? c[i].x : 0.0f, bits[i] & 2u ? c[i].y : 0.0f, bits[i] & 4u ? c[i].z : 0.0f,
                       bits[i] & 8u ? c[i].w : 0.0f);
    if (i < thread_rows) store4(dz + static_cast<size_t>(row + i) * sae_stride + latent, c[i]);
  }
  store_column_sums(c, shared, b_enc_partials + static_cast<size_t>(blockIdx.x) * sae_stride, first_latent, sae_stride);
}

constexpr int kDotWarps = 8;

__global__ void __launch_bounds__(kDotWarps * 32)
    latent_gradient_gather_kernel(const float* __restrict__ residual, const float* __restrict__ w_dec,
                                  const int32_t* __restrict__ indices, const uint32_t* __restrict__ mask,
                                  float* __restrict__ dz, int rows, int k, int in_stride, int sae_stride, int mask_words) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const size_t pair = static_cast<size_t>(blockIdx.x) * kDotWarps + threadIdx.x / 32;
  if (pair >= static_cast<size_t>(rows) * k) return;
  const size_t row = pair / k;
  const int latent = indices[pair];
  if (!(mask[row * mask_words + latent / 32] >> (latent % 32) & 1u)) return;
  const float* residual_row = residual + row * in_stride;
  const float* w_row = w_dec + static_cast<size_t>(latent) * in_stride;
  float sum = 0.0f;
  for (int column = 4 * lane; column < in_stride; column += 128) {
    const float4 r = load4(residual_row + column), w = load4(w_row + column);
    sum = fmaf(r.x, w.x, fmaf(r.y, w.y, fmaf(r.z, w.z, fmaf(r.w, w.w, sum))));
  }
  sum = warp_sum(sum);
  if (lane == 0) dz[row * sae_stride + latent] = sum;
}

// One warp turns 32 rows x 32 latents of the mask around.
__global__ void __launch_bounds__(32)
    transpose_mask_kernel(const uint32_t* __restrict__ mask, uint32_t* __restrict__ active_rows, int rows, int d_sae,
                          int mask_words, int row_words) {
  const int lane = static_cast<int>(threadIdx.x);
  const int word = static_cast<int>(blockIdx.x), row_word = static_cast<int>(blockIdx.y);
  const int row = 32 * row_word + lane, latent = 32 * word + lane;
  const uint32_t bits = row < rows ? mask[static_cast<size_t>(row) * mask_words + word] : 0u;
  uint32_t mine = 0;
  for (int i = 0; i < 32; ++i) {
    const uint32_t rows_of_latent = __ballot_sync(kFullWarp, bits >> i & 1u);
    if (lane == i) mine = rows_of_latent;
  }
  if (latent < d_sae) active_rows[static_cast<size_t>(latent) * row_words + row_word] = mine;
}

__global__ void __launch_bounds__(kDotWarps * 32)
    b_enc_gather_kernel(const float* __restrict__ dz, const uint32_t* __restrict__ active_rows,
                        float* __restrict__ b_enc_gradient, int d_sae, int sae_stride, int row_words) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int latent = static_cast<int>(blockIdx.x) * kDotWarps + static_cast<int>(threadIdx.x) / 32;
  if (latent >= sae_stride) return;
  float sum = 0.0f;
  for (int word = lane; latent < d_sae && word < row_words; word += 32) {
    for (uint32_t bits = active_rows[static_cast<size_t>(latent) * row_words + word]; bits; bits &= bits - 1) {
      const size_t row = 32 * static_cast<size_t>(word) + __ffs(bits) - 1;
      sum += dz[row * sae_stride + latent];
    }
  }
  sum = warp_sum(sum);
  if (lane == 0) b_enc_gradient[latent] = sum;
}

// ---- launcher ----

int latent_row_groups(const Shape& shape, int rows) { return gathers(shape) ? 1 : div_up(rows, kTile); }

void latent_gradient(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream) {
  const device::Range range("latent_gradient");
  if (!gathers(shape)) {
    const int row_tiles = div_up(batch.rows, kTile), latent_tiles = div_up(shape.d_sae, kTile);
    const dim3 grid(row_tiles, latent_tiles, shape.splits);
    return with_product(shape.precision, [&](auto product) {
      launch("latent_gradient_dense", latent_gradient_dense_kernel<decltype(product)>,
             {grid, dim3(kTileThreads), kTileBytes}, stream, batch.residual, weights.w_dec, batch.mask, batch.dz,
             batch.b_enc_partials, batch.rows, shape.d_sae, shape.in_stride, shape.sae_stride, shape.mask_words,
             batch.split);
    });
  }
  const size_t pairs = static_cast<size_t>(batch.rows) * shape.k;
  const int row_words = div_up(batch.rows, 32);
  launch("latent_gradient_gather", latent_gradient_gather_kernel,
         {dim3(static_cast<unsigned>((pairs + kDotWarps - 1) / kDotWarps)), dim3(kDotWarps * 32)}, stream, batch.residual,
         weights.w_dec, batch.indices, batch.mask, batch.dz, batch.rows, shape.k, shape.in_stride, shape.sae_stride,
         shape.mask_words);
  launch("transpose_mask", transpose_mask_kernel, {dim3(shape.mask_words, row_words), dim3(32)}, stream, batch.mask,
         batch.active_rows, batch.rows, shape.d_sae, shape.mask_words, row_words);
  launch("b_enc_gather", b_enc_gather_kernel, {dim3(div_up(shape.sae_stride, kDotWarps)), dim3(kDotWarps * 32)}, stream,
         batch.dz, batch.active_rows, batch.b_enc_partials, shape.d_sae, shape.sae_stride, row_words);
}

}  // namespace sae
