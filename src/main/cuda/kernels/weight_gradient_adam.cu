// weight_gradient_adam: the gradients of both weight matrices, each used at once for its Adam update.
//
//   dW_dec = sᵀ residual,  dW_enc = dzᵀ inputs;  s (`sparse`), dz [rows, d_sae], residual, inputs [rows, d_in].
//   The inputs are x through the epoch's row order, or what centre_rows left.
//
// Dense:  a block for a tile of one matrix (matmul_tile.cuh, both matrices lie across k), 64 x 128 unless they would
//         be too few; Adam on the tile while it is in registers: 24 bytes an element instead of 32 and no launch of its
//         own.
//         4 rows d_in d_sae FLOP; 256 x 2048 x 512: 1.07 GFLOP, 256 blocks, which two a multiprocessor all run at once,
//         50 MB of tiles and 50 MB for Adam, from L2. The tiles of W_dec come before those of W_enc.
// Gather: a block for each latent. It lists the rows on which the latent is active, ascending, and sums both gradients
//         over them for 1024 columns at a time, four a thread. 4 rows k d_in FLOP. Every parameter is updated in either
//         way.
//
// Without pre-bias the last blocks of the grid are those of bias_gradient.cuh: short ones, for the places that tiles
// leave.

#include "templates/bias_gradient.cuh"
#include "templates/gather.cuh"
#include "templates/products.cuh"

namespace sae {

// ---- dense ----

// What a block multiplies and updates.
struct WeightTile {
  bool encoder;
  int first_latent, first_column;
};
template <int kColumns>
__host__ __device__ int tiles_of_matrix(const Shape& shape) {
  return div_up(shape.d_sae, kTile) * div_up(shape.in_stride, kColumns);
}
template <int kColumns>
__device__ __forceinline__ WeightTile weight_tile(const Shape& shape, int number) {
  const int column_tiles = div_up(shape.in_stride, kColumns), tiles = tiles_of_matrix<kColumns>(shape);
  return {number >= tiles, number % tiles / column_tiles * kTile, number % column_tiles * kColumns};
}

// Leaves the sums of the tile's gradient in `shared`, as multiply_tile does.
template <class Product>
__device__ __forceinline__ void multiply_weight_tile(const Shape& shape, const Batch& batch, const Scratch& scratch,
                                                     const WeightTile& tile, float* shared) {
  const float* latents = tile.encoder ? scratch.dz : scratch.sparse;
  const EncoderInputs columns =
      tile.encoder ? encoder_inputs(shape, batch, scratch) : EncoderInputs{scratch.residual, nullptr};
  const AcrossK<Product, kTile> a(latents, shape.sae_stride, shape.sae_stride, batch.rows, tile.first_latent);
  const AcrossK<Product, Product::kColumns, true> b(columns.data, shape.in_stride, shape.in_stride, batch.rows,
                                                    tile.first_column, columns.order);
  multiply_tile<Product>(a, b, 0, batch.rows, shared);
}

// Uses the gradient, a few rows at a time. What Adam reads for the first of them is on its way while the groups add.
template <class Product>
__device__ __forceinline__ void update_weight_tile(const Shape& shape, const WeightTile& tile, const GradientSink& sink,
                                                   const float* shared) {
  const AdamStep step = step_of(sink);
  const int latent = tile.first_latent + Product::thread_row(), column = tile.first_column + Product::thread_column();
  const int latents = column < shape.in_stride ? shape.d_sae - latent : 0;
  const size_t offset = static_cast<size_t>(latent) * shape.in_stride + column;
  constexpr int kAtOnce = 4;  // rows whose state fits into registers
  AdamState state[kAtOnce];
  const auto load = [&](int first) {
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      if (first + i < latents) state[i] = load_state(sink, offset + (first + i) * shape.in_stride);
    }
  };
  load(0);
  ThreadTile<Product> c;
  add_groups<Product>(shared, c);
#pragma unroll
  for (int first = 0; first < Product::kThreadRows; first += kAtOnce) {
    if (first > 0) load(first);
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      if (first + i < latents) apply4(sink, step, offset + (first + i) * shape.in_stride, c[first + i], state[i]);
    }
  }
}

// Two blocks share a multiprocessor in every precision: Adam of one waits for memory while the other multiplies.
template <class Product>
__global__ void __launch_bounds__(kTileThreads, 2)
    weight_gradient_dense_kernel(Shape shape, Batch batch, Scratch scratch, Sinks sinks, BiasTasks biases) {
  DYNAMIC_SHARED(float, shared);
  // Tiles come first in the grid. The bias blocks behind them start when the first tiles end; that of the loss runs
  // even after a loss that is not finite, to tell it.
  const int number = static_cast<int>(blockIdx.x), tiles = 2 * tiles_of_matrix<Product::kColumns>(shape);
  if (number >= tiles) return run_bias_block(biases, number - tiles, shared, batch);
  if (stopped(batch)) return;
  const WeightTile tile = weight_tile<Product::kColumns>(shape, number);
  multiply_weight_tile<Product>(shape, batch, scratch, tile, shared);
  update_weight_tile<Product>(shape, tile, tile.encoder ? sinks.w_enc : sinks.w_dec, shared);
}

static_assert(kTileThreads == kBiasThreads && kTileBytes >= kBiasSums * sizeof(float), "a block does either");

// ---- gather ----

constexpr int kUpdateThreads = kBiasThreads, kUpdateColumns = 4 * kUpdateThreads;

__global__ void __launch_bounds__(kUpdateThreads, 4)
    weight_gradient_gather_kernel(Shape shape, Batch batch, Scratch scratch, Sinks sinks, BiasTasks biases) {
  SHARED_ARRAY(float, sums, kBiasSums);
  SHARED_ARRAY(uint16_t, list, 32 * kUpdateThreads);
  const int latent = static_cast<int>(blockIdx.x);
  if (latent >= shape.d_sae) return run_bias_block(biases, latent - shape.d_sae, sums, batch);
  if (stopped(batch)) return;
  const AdamStep step = step_of(sinks.w_enc);
  const EncoderInputs inputs = encoder_inputs(shape, batch, scratch);
  const int words = div_up(batch.rows, 32);
  int active = 0,
      listed = -1;  // rows in the list, and the first word that it is of: it is made again only where it must
  for (int first_column = 0; first_column < shape.in_stride; first_column += kUpdateColumns) {
    const int column = first_column + 4 * static_cast<int>(threadIdx.x);
    const bool inside = column < shape.in_stride;
    // One walk over the rows feeds both gradients: they need the same rows.
    float4 decoder = zero4(), encoder = zero4();
    for (int first_word = 0; first_word < words; first_word += kUpdateThreads) {
      if (listed != first_word) active = list_active_rows<kUpdateThreads>(batch, scratch, latent, first_word, list);
      listed = first_word;
#pragma unroll 4
      for (int i = 0; i < active && inside; ++i) {
        const size_t row = 32 * static_cast<size_t>(first_word) + list[i], code = row * shape.sae_stride + latent;
        const size_t input = inputs.order ? inputs.order[row] : row;
        decoder = fma4(__ldg(scratch.sparse + code), load4(scratch.residual + row * shape.in_stride + column), decoder);
        encoder = fma4(__ldg(scratch.dz + code), load4(inputs.data + input * shape.in_stride + column), encoder);
      }
    }
    if (!inside) continue;  // not before: every thread helps to list the rows
    const size_t offset = static_cast<size_t>(latent) * shape.in_stride + column;
    apply4(sinks.w_dec, step, offset, decoder);
    apply4(sinks.w_enc, step, offset, encoder);
  }
}

// ---- launcher ----

namespace {

template <int kColumns>
void launch_dense(const Shape& shape, const Batch& batch, const Scratch& scratch, const Sinks& sinks,
                  const BiasTasks& biases, device::Stream stream) {
  const dim3 grid(2 * tiles_of_matrix<kColumns>(shape) + biases.blocks());
  with_product<kColumns>(shape.precision, [&](auto product) {
    launch("weight_gradient_dense", weight_gradient_dense_kernel<decltype(product)>,
           {grid, dim3(kTileThreads), kTileBytes}, stream, shape, batch, scratch, sinks, biases);
  });
}

void launch_gather(const Shape& shape, const Batch& batch, const Scratch& scratch, const Sinks& sinks,
                   const BiasTasks& biases, device::Stream stream) {
  launch("weight_gradient_gather", weight_gradient_gather_kernel,
         {dim3(shape.d_sae + biases.blocks()), dim3(kUpdateThreads)}, stream, shape, batch, scratch, sinks, biases);
}

}  // namespace

void weight_gradient_adam(const Shape& shape, const Batch& batch, const Scratch& scratch, const Sinks& sinks,
                          device::Stream stream) {
  const device::Range range("weight_gradient_adam");
  const BiasTasks biases = shape.pre_bias ? BiasTasks{} : bias_tasks(shape, batch, scratch, sinks);
  const auto launch_kernel = shape.gather         ? launch_gather
                             : shape.wide_weights ? launch_dense<kWideTile>
                                                  : launch_dense<kTile>;
  launch_kernel(shape, batch, scratch, sinks, biases, stream);
}

}  // namespace sae
