// weight_gradient_adam: the gradients of both weight matrices, each used at once for its Adam update.
//
//   dW_dec = sᵀ residual,  dW_enc = dzᵀ inputs;  s, dz [rows, d_sae], residual, inputs [rows, d_in] -> [d_sae, d_in].
//   The inputs are x through the epoch's row order, or what centre_rows left.
//
// Dense:  a block for a 64 x 64 tile of one matrix (matmul_tile.cuh, both matrices lie across k), Adam on the tile while
//         it is in registers: 24 bytes an element instead of 32 and no launch of its own.
//         4 rows d_in d_sae FLOP; 256 x 2048 x 512: 1.07 GFLOP, 512 blocks, 67 MB of tiles and 50 MB for Adam, from L2.
//         The tiles of W_dec come before those of W_enc.
// Gather: a block for each latent; it visits the rows on which the latent is active, ascending, and sums both gradients
//         for 1024 columns at a time, four a thread. 4 rows k d_in FLOP. Every parameter is updated in either way.
//
// Without pre-bias the first blocks of the grid are those of bias_gradient.cuh: they wait for memory more than they compute,
// so that the products beside them hide them.

#include "bias_gradient.cuh"
#include "products.cuh"

namespace sae {

// ---- kernels ----

template <class Product>
__global__ void __launch_bounds__(kTileThreads, 2)
    weight_gradient_dense_kernel(const float* __restrict__ s, const float* __restrict__ dz,
                                 const float* __restrict__ residual, const float* __restrict__ inputs,
                                 const int* __restrict__ order, GradientSink w_enc, GradientSink w_dec, BiasTasks biases,
                                 const int* __restrict__ bad_batch, int number, int rows, int d_sae, int in_stride,
                                 int sae_stride) {
  DYNAMIC_SHARED(float, shared);
  const int tile = static_cast<int>(blockIdx.x) - biases.blocks();
  if (tile < 0) return run_bias_block(biases, static_cast<int>(blockIdx.x), shared, bad_batch, number);
  if (stopped(bad_batch, number)) return;
  const int column_tiles = div_up(in_stride, kTile), tiles = div_up(d_sae, kTile) * column_tiles;
  const bool encoder = tile >= tiles;
  const int first_column = tile % column_tiles * kTile, first_latent = tile % tiles / column_tiles * kTile;
  const AcrossK<Product> a(encoder ? dz : s, sae_stride, sae_stride, rows, first_latent);
  const AcrossK<Product> b(encoder ? inputs : residual, in_stride, in_stride, rows, first_column, encoder ? order : nullptr);
  multiply_tile<Product>(a, b, 0, rows, shared);

  const GradientSink sink = encoder ? w_enc : w_dec;
  const AdamStep step = step_of(sink);
  const int latent = first_latent + thread_row(), column = first_column + thread_column();
  const int latents = column < in_stride ? d_sae - latent : 0;
  const size_t offset = static_cast<size_t>(latent) * in_stride + column;
  AdamState state[kThreadRows];
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) {
    if (i < latents) state[i] = load_state(sink, offset + i * in_stride);
  }
  ThreadTile c;
  add_groups<Product>(shared, c);
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) {
    if (i < latents) apply4(sink, step, offset + i * in_stride, c[i], state[i]);
  }
}

static_assert(kTileThreads == kBiasThreads && kTileBytes >= kBiasSums * sizeof(float), "a block does either");

constexpr int kUpdateThreads = kBiasThreads;

__global__ void __launch_bounds__(kUpdateThreads)
    weight_gradient_gather_kernel(const float* __restrict__ s, const float* __restrict__ dz,
                                  const float* __restrict__ residual, const float* __restrict__ inputs,
                                  const int* __restrict__ order, const uint32_t* __restrict__ active_rows,
                                  GradientSink w_enc, GradientSink w_dec, BiasTasks biases,
                                  const int* __restrict__ bad_batch, int number, int row_words, int in_stride,
                                  int sae_stride) {
  SHARED_ARRAY(float, sums, kBiasSums);
  const int block = static_cast<int>(blockIdx.x) - biases.blocks();
  if (block < 0) return run_bias_block(biases, static_cast<int>(blockIdx.x), sums, bad_batch, number);
  if (stopped(bad_batch, number)) return;
  const size_t latent = block;
  const AdamStep step = step_of(w_enc);
  const uint32_t* words = active_rows + latent * row_words;
  for (int column = 4 * static_cast<int>(threadIdx.x); column < in_stride; column += 4 * kUpdateThreads) {
    float4 decoder = zero4(), encoder = zero4();
    for (int word = 0; word < row_words; ++word) {
      for (uint32_t bits = words[word]; bits; bits &= bits - 1) {
        const size_t row = 32 * static_cast<size_t>(word) + __ffs(bits) - 1;
        decoder = fma4(s[row * sae_stride + latent], load4(residual + row * in_stride + column), decoder);
        const size_t input = order ? order[row] : row;
        encoder = fma4(dz[row * sae_stride + latent], load4(inputs + input * in_stride + column), encoder);
      }
    }
    apply4(w_dec, step, latent * in_stride + column, decoder);
    apply4(w_enc, step, latent * in_stride + column, encoder);
  }
}

// ---- launcher ----

void weight_gradient_adam(const Shape& shape, const Batch& batch, const Sinks& sinks, device::Stream stream) {
  const device::Range range("weight_gradient_adam");
  const Rows inputs = encoder_inputs(shape, batch);
  const BiasTasks biases = shape.pre_bias ? BiasTasks{} : bias_tasks(shape, batch, sinks);
  if (gathers(shape)) {
    launch("weight_gradient_gather", weight_gradient_gather_kernel,
           {dim3(biases.blocks() + shape.d_sae), dim3(kUpdateThreads)}, stream, batch.z, batch.dz, batch.residual,
           inputs.data, inputs.order, batch.active_rows, sinks.w_enc, sinks.w_dec, biases, batch.bad_batch, batch.number,
           div_up(batch.rows, 32), shape.in_stride, shape.sae_stride);
  } else {
    const dim3 grid(biases.blocks() + 2 * div_up(shape.in_stride, kTile) * div_up(shape.d_sae, kTile));
    with_product(shape.precision, [&](auto product) {
      launch("weight_gradient_dense", weight_gradient_dense_kernel<decltype(product)>,
             {grid, dim3(kTileThreads), kTileBytes}, stream, batch.z, batch.dz, batch.residual, inputs.data, inputs.order,
             sinks.w_enc, sinks.w_dec, biases, batch.bad_batch, batch.number, batch.rows, shape.d_sae, shape.in_stride,
             shape.sae_stride);
    });
  }
}

}  // namespace sae
