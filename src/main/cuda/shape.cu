// shape.cu: what follows from a shape: strides, how d_in is split, and whether the gather kernels are used.

#include "matmul_tile.cuh"

namespace sae {

namespace {
// Enough blocks for the multiprocessors of a large GPU, but at least 128 of d_in for each. Twice as many were measured on an
// H100: slower in fp32 (112 against 102 us a step), no faster in bf16x3 and bf16.
int split_count(int tiles, int depth) {
  constexpr int kBlocks = 128, kLeastDepth = 128;
  const int wanted = tiles >= kBlocks ? 1 : kBlocks / tiles, most = depth < kLeastDepth ? 1 : depth / kLeastDepth;
  return wanted < most ? wanted : most;
}
}  // namespace

Shape make_shape(int d_in, int d_sae, int k, int batch_size, bool relu, bool pre_bias, Precision precision) {
  const int row_tiles = div_up(batch_size, kTile), latent_tiles = div_up(d_sae, kTile);
  const int tiles = row_tiles < 128 && latent_tiles < 128 ? row_tiles * latent_tiles : 128;
  return {d_in,     d_sae, k, div_up(d_in, 4) * 4, div_up(d_sae, 4) * 4, div_up(d_sae, 32), split_count(tiles, d_in), relu,
          pre_bias, precision};
}

size_t split_tiles(const Shape& shape, int rows) {
  return shape.splits == 1 ? 0 : static_cast<size_t>(div_up(rows, kTile)) * div_up(shape.d_sae, kTile);
}

size_t split_partials(const Shape& shape, int rows) { return split_tiles(shape, rows) * shape.splits * kTile * kTile; }

// A dense product does 2 rows d_in d_sae FLOP whatever k is; a gather loads rows k d_in floats. Where a step takes as long
// in either way was measured on an H100 at d_in 2048, d_sae 512, 256 rows: k = 23 in fp32, 6 in bf16; bf16x3 was set
// between them. What decides is k / d_sae; a dictionary whose weights do not fit in L2 was not measured.
bool gathers(const Shape& shape) {
  const int crossover = shape.precision == Precision::kFp32 ? 22 : shape.precision == Precision::kBf16x3 ? 60 : 85;
  return static_cast<int64_t>(shape.k) * crossover <= shape.d_sae;
}

}  // namespace sae
