// shape.cu: what follows from a shape: strides, how many blocks share d_in, which tiles and whether the gather kernels
// are used.

#include "templates/matmul_tile.cuh"

namespace sae {

namespace {
// Enough blocks for the multiprocessors of a large GPU, but at least 128 of d_in for each. Twice as many were measured
// on an H100: slower in fp32 (112 against 102 us a step), no faster in bf16x3 and bf16.
int depth_part_count(int tiles, int depth) {
  constexpr int kBlocks = 128, kLeastDepth = 128;
  const int wanted = tiles >= kBlocks ? 1 : kBlocks / tiles, most = depth < kLeastDepth ? 1 : depth / kLeastDepth;
  return wanted < most ? wanted : most;
}

// A wide tile moves 3/4 of the bytes of two narrow ones. Wide tiles must still give each multiprocessor of a large GPU
// a block, and where blocks come one after another so many that a last, partly filled round of them weighs little. By
// the model of docs/profiling.md, not measured.
constexpr int kMultiprocessors = 132;
bool wide_tiles_pay(int row_tiles, int columns, int rounds) {
  return static_cast<int64_t>(row_tiles) * div_up(columns, kWideTile) >= rounds * kMultiprocessors;
}

// A dense product does 2 rows d_in d_sae FLOP whatever k is; a gather loads rows k d_in floats. Where a step takes as
// long in either way was measured on an H100 at d_in 2048, d_sae 512, 256 rows: k = 23 in fp32, 6 in bf16; bf16x3 was
// set between them. What decides is k / d_sae; a dictionary whose weights do not fit in L2 was not measured.
bool gather_is_faster(int d_sae, int k, Precision precision) {
  const int crossover = precision == Precision::kFp32 ? 22 : precision == Precision::kBf16x3 ? 60 : 85;
  return static_cast<int64_t>(k) * crossover <= d_sae;
}
}  // namespace

int row_stride(int columns) { return div_up(columns, 4) * 4; }

Shape make_shape(int d_in, int d_sae, int k, int batch_size, bool relu, bool pre_bias, Precision precision) {
  const int row_tiles = div_up(batch_size, kTile), latent_tiles = div_up(d_sae, kTile);
  const int tiles = row_tiles < 128 && latent_tiles < 128 ? row_tiles * latent_tiles : 128;
  Shape shape = {};
  shape.d_in = d_in;
  shape.d_sae = d_sae;
  shape.k = k;
  shape.in_stride = row_stride(d_in);
  shape.sae_stride = row_stride(d_sae);
  shape.mask_words = div_up(d_sae, 32);
  shape.depth_parts = depth_part_count(tiles, d_in);
  shape.wide_encoder = wide_tiles_pay(row_tiles, d_sae, 4);
  shape.wide_weights = wide_tiles_pay(2 * latent_tiles, d_in, 1);  // of two matrices, two blocks at once
  shape.gather = gather_is_faster(d_sae, k, precision);
  shape.relu = relu;
  shape.pre_bias = pre_bias;
  shape.precision = precision;
  return shape;
}

size_t shared_tiles(const Shape& shape, int rows) {
  return shape.depth_parts == 1 ? 0 : static_cast<size_t>(div_up(rows, kTile)) * div_up(shape.d_sae, kTile);
}

size_t depth_partials(const Shape& shape, int rows) {
  return shared_tiles(shape, rows) * shape.depth_parts * kTile * kTile;
}

}  // namespace sae
