// z = x W_enc^T + bias, x [rows, d_in], W_enc [d_sae, d_in]: 2 * rows * d_in * d_sae FLOPs.
//
// The micro-kernel holds kRows x 32 sums in registers and streams one packed row block of x (kRows interleaved values
// for each input) against one panel of W_enc (32 for each input): kRows + 32 floats are read for kRows * 32
// multiply-adds. d_in is walked in blocks of kDepth so that a block of a panel stays in the first-level cache while all
// row blocks pass over it. A sum runs over d_in in ascending order, in blocks of kDepth.
#include "encode.h"

namespace sae::cpu::SAE_ISA {
namespace {

constexpr int kVectors = kGroup / kLanes < 2 ? kGroup / kLanes : 2;  // of one row held at a time
constexpr int kWidth = kVectors * kLanes;
constexpr int64_t kDepth = 256;

void multiply_add(int64_t depth, const float* a, const float* b, float* c, int64_t c_stride) {
  Vec sum[kEncodeRowBlock][kVectors] = {};
  for (int64_t i = 0; i < depth; ++i) {
    Vec column[kVectors];
    for (int j = 0; j < kVectors; ++j) column[j] = load(b + j * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < kEncodeRowBlock; ++r) {
      for (int j = 0; j < kVectors; ++j) sum[r][j] += a[r] * column[j];
    }
    a += kEncodeRowBlock;
    b += kGroup;
  }
#pragma GCC unroll 16
  for (int r = 0; r < kEncodeRowBlock; ++r) {
    for (int j = 0; j < kVectors; ++j) {
      float* out = c + r * c_stride + j * kLanes;
      store(out, load(out) + sum[r][j]);
    }
  }
}

// packed [row block][input][kEncodeRowBlock]; rows that are missing from the last block are zero.
void pack(const float* x_tiles, int64_t tile_stride, int64_t rows, int64_t padded_d_in, float* packed) {
  for (int64_t block = 0; block * kEncodeRowBlock < rows; ++block) {
    const int64_t first = block * kEncodeRowBlock;
    const int64_t present = rows - first < kEncodeRowBlock ? rows - first : kEncodeRowBlock;
    float* out = packed + first * padded_d_in;
    if (present < kEncodeRowBlock) {
      std::memset(out, 0, static_cast<size_t>(kEncodeRowBlock * padded_d_in) * sizeof(float));
    }
    for (int64_t tile = 0; tile * kTile < padded_d_in; ++tile) {
      const float* in = x_tiles + tile * tile_stride + first * kTile;
      for (int64_t c = 0; c < kTile; ++c) {
        for (int64_t r = 0; r < present; ++r) out[(tile * kTile + c) * kEncodeRowBlock + r] = in[r * kTile + c];
      }
    }
  }
}

}  // namespace

void encode(const float* x_tiles, int64_t tile_stride, int64_t rows, int64_t padded_d_in, const float* w_enc_panels,
            const float* bias, int64_t padded_d_sae, float* packed, float* z) {
  pack(x_tiles, tile_stride, rows, padded_d_in, packed);
  const int64_t row_blocks = blocks_of(rows, kEncodeRowBlock);
  for (int64_t r = 0; r < row_blocks * kEncodeRowBlock; ++r) {
    std::memcpy(z + r * padded_d_sae, bias, static_cast<size_t>(padded_d_sae) * sizeof(float));
  }
  for (int64_t start = 0; start < padded_d_in; start += kDepth) {
    const int64_t depth = padded_d_in - start < kDepth ? padded_d_in - start : kDepth;
    for (int64_t latent = 0; latent < padded_d_sae; latent += kGroup) {
      const float* panel = w_enc_panels + latent * padded_d_in + start * kGroup;
      for (int64_t part = 0; part < kGroup; part += kWidth) {
        for (int64_t block = 0; block < row_blocks; ++block) {
          const int64_t row = block * kEncodeRowBlock;
          multiply_add(depth, packed + row * padded_d_in + start * kEncodeRowBlock, panel + part,
                       z + row * padded_d_sae + latent + part, padded_d_sae);
        }
      }
    }
  }
}

}  // namespace sae::cpu::SAE_ISA
