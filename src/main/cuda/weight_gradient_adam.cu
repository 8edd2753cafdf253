// weight_gradient_adam: the gradients of both weight matrices, each used at once for its Adam update.
//
//   dW_dec = sᵀ residual,  dW_enc = dzᵀ inputs;  s (`sparse`), dz [rows, d_sae], residual, inputs [rows, d_in] -> [d_sae, d_in].
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
#include "gather.cuh"
#include "products.cuh"

namespace sae {

// ---- dense ----

// What a block multiplies and updates.
struct WeightTile {
  bool encoder;
  int first_latent, first_column;
};
__device__ __forceinline__ WeightTile weight_tile(const Shape& shape, int number) {
  const int column_tiles = div_up(shape.in_stride, kTile), tiles = div_up(shape.d_sae, kTile) * column_tiles;
  return {number >= tiles, number % tiles / column_tiles * kTile, number % column_tiles * kTile};
}

// Leaves the sums of the tile's gradient in `shared`, as multiply_tile does.
template <class Product>
__device__ __forceinline__ void multiply_weight_tile(const Shape& shape, const Batch& batch, const Scratch& scratch,
                                                     const WeightTile& tile, float* shared) {
  const float* latents = tile.encoder ? scratch.dz : scratch.sparse;
  const EncoderInputs columns =
      tile.encoder ? encoder_inputs(shape, batch, scratch) : EncoderInputs{scratch.residual, nullptr};
  const AcrossK<Product> a(latents, shape.sae_stride, shape.sae_stride, batch.rows, tile.first_latent);
  const AcrossK<Product, true> b(columns.data, shape.in_stride, shape.in_stride, batch.rows, tile.first_column, columns.order);
  multiply_tile<Product>(a, b, 0, batch.rows, shared);
}

// Uses the gradient. What Adam reads is on its way while the groups add their sums.
template <class Product>
__device__ __forceinline__ void update_weight_tile(const Shape& shape, const WeightTile& tile, const GradientSink& sink,
                                                   const float* shared) {
  const AdamStep step = step_of(sink);
  const int latent = tile.first_latent + thread_row(), column = tile.first_column + thread_column();
  const int latents = column < shape.in_stride ? shape.d_sae - latent : 0;
  const size_t offset = static_cast<size_t>(latent) * shape.in_stride + column;
  AdamState state[kThreadRows];
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) {
    if (i < latents) state[i] = load_state(sink, offset + i * shape.in_stride);
  }
  ThreadTile c;
  add_groups<Product>(shared, c);
#pragma unroll
  for (int i = 0; i < kThreadRows; ++i) {
    if (i < latents) apply4(sink, step, offset + i * shape.in_stride, c[i], state[i]);
  }
}

template <class Product>
__global__ void __launch_bounds__(kTileThreads, 2)
    weight_gradient_dense_kernel(Shape shape, Batch batch, Scratch scratch, Sinks sinks, BiasTasks biases) {
  DYNAMIC_SHARED(float, shared);
  const int number = static_cast<int>(blockIdx.x) - biases.blocks();
  if (number < 0) return run_bias_block(biases, static_cast<int>(blockIdx.x), shared, batch);
  if (stopped(batch)) return;
  const WeightTile tile = weight_tile(shape, number);
  multiply_weight_tile<Product>(shape, batch, scratch, tile, shared);
  update_weight_tile<Product>(shape, tile, tile.encoder ? sinks.w_enc : sinks.w_dec, shared);
}

static_assert(kTileThreads == kBiasThreads && kTileBytes >= kBiasSums * sizeof(float), "a block does either");

// ---- gather ----

constexpr int kUpdateThreads = kBiasThreads;

__global__ void __launch_bounds__(kUpdateThreads, 5)
    weight_gradient_gather_kernel(Shape shape, Batch batch, Scratch scratch, Sinks sinks, BiasTasks biases) {
  SHARED_ARRAY(float, sums, kBiasSums);
  const int latent = static_cast<int>(blockIdx.x) - biases.blocks();
  if (latent < 0) return run_bias_block(biases, static_cast<int>(blockIdx.x), sums, batch);
  if (stopped(batch)) return;
  const AdamStep step = step_of(sinks.w_enc);
  const EncoderInputs inputs = encoder_inputs(shape, batch, scratch);
  for (int column = 4 * static_cast<int>(threadIdx.x); column < shape.in_stride; column += 4 * kUpdateThreads) {
    float4 decoder = zero4(), encoder = zero4();
    for_active_rows(batch, scratch, latent, 0, 1, [&](size_t row) {
      const size_t code = row * shape.sae_stride + latent, input = inputs.order ? inputs.order[row] : row;
      decoder = fma4(scratch.sparse[code], load4(scratch.residual + row * shape.in_stride + column), decoder);
      encoder = fma4(scratch.dz[code], load4(inputs.data + input * shape.in_stride + column), encoder);
    });
    const size_t offset = static_cast<size_t>(latent) * shape.in_stride + column;
    apply4(sinks.w_dec, step, offset, decoder);
    apply4(sinks.w_enc, step, offset, encoder);
  }
}

// ---- launcher ----

void weight_gradient_adam(const Shape& shape, const Batch& batch, const Scratch& scratch, const Sinks& sinks,
                          device::Stream stream) {
  const device::Range range("weight_gradient_adam");
  const BiasTasks biases = shape.pre_bias ? BiasTasks{} : bias_tasks(shape, batch, scratch, sinks);
  if (shape.gather) {
    launch("weight_gradient_gather", weight_gradient_gather_kernel,
           {dim3(biases.blocks() + shape.d_sae), dim3(kUpdateThreads)}, stream, shape, batch, scratch, sinks, biases);
  } else {
    const dim3 grid(biases.blocks() + 2 * div_up(shape.in_stride, kTile) * div_up(shape.d_sae, kTile));
    with_product(shape.precision, [&](auto product) {
      launch("weight_gradient_dense", weight_gradient_dense_kernel<decltype(product)>,
             {grid, dim3(kTileThreads), kTileBytes}, stream, shape, batch, scratch, sinks, biases);
    });
  }
}

}  // namespace sae
