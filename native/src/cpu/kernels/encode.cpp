// z = x W_enc^T + bias, x [rows, d_in], W_enc [d_sae, d_in]: 2 * rows * d_in * d_sae FLOPs.
//
// The micro-kernel holds the sums of kEncodeRowBlock rows and one panel of W_enc in registers and streams that panel,
// two vectors for every input, against the rows of x, one number of each. d_in is walked in blocks of kDepth so that a
// block of a panel stays in the first-level cache while all row blocks pass over it. x is read where it lies: its rows
// in a tile are next to each other. A sum runs over d_in in ascending order, in blocks of kDepth.
#include "declarations.h"

namespace sae::cpu::SAE_ISA {
namespace {

constexpr int64_t kDepth = 256;

// Of `tiles` tiles of x, the first of which begins at a.
void multiply_add(const float* a, int64_t tile_stride, int64_t tiles, const float* b, float* c, int64_t c_stride) {
  Vec sum[kEncodeRowBlock][kPanelVectors] = {};
  for (int64_t tile = 0; tile < tiles; ++tile) {
    for (int64_t i = 0; i < kTile; ++i) {
      Vec column[kPanelVectors];
      for (int j = 0; j < kPanelVectors; ++j) column[j] = load(b + j * kLanes);
#pragma GCC unroll 16
      for (int r = 0; r < kEncodeRowBlock; ++r) {
        for (int j = 0; j < kPanelVectors; ++j) sum[r][j] += a[r * kTile + i] * column[j];
      }
      b += kPanel;
    }
    a += tile_stride;
  }
#pragma GCC unroll 16
  for (int r = 0; r < kEncodeRowBlock; ++r) {
    for (int j = 0; j < kPanelVectors; ++j) {
      float* out = c + r * c_stride + j * kLanes;
      store(out, load(out) + sum[r][j]);
    }
  }
}

}  // namespace

void encode(const float* x_tiles, int64_t tile_stride, int64_t rows, int64_t padded_d_in, const float* w_enc_panels,
            const float* bias, int64_t padded_d_sae, float* z) {
  for (int64_t r = 0; r < blocks_of(rows, kEncodeRowBlock) * kEncodeRowBlock; ++r) {
    std::memcpy(z + r * padded_d_sae, bias, static_cast<size_t>(padded_d_sae) * sizeof(float));
  }
  for (int64_t start = 0; start < padded_d_in; start += kDepth) {
    const int64_t depth = padded_d_in - start < kDepth ? padded_d_in - start : kDepth;
    const float* x = x_tiles + start / kTile * tile_stride;
    for (int64_t latent = 0; latent < padded_d_sae; latent += kPanel) {
      const float* panel = w_enc_panels + latent * padded_d_in + start * kPanel;
      for (int64_t row = 0; row < rows; row += kEncodeRowBlock) {
        multiply_add(x + row * kTile, tile_stride, depth / kTile, panel, z + row * padded_d_sae + latent, padded_d_sae);
      }
    }
  }
}

}  // namespace sae::cpu::SAE_ISA
