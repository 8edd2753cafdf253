// What the kernel files of one instruction set know of each other; kernels.h says what each kernel does.
#pragma once

#include "vector.h"

namespace sae::cpu::SAE_ISA {

// Rows of x whose sums the encoder's micro-kernel holds in registers: a panel's two vectors of sums for each, within 32
// registers with AVX-512 and 16 without.
constexpr int64_t kEncodeRowBlock = kLanes == 16 ? 8 : kLanes == 8 ? 6 : 4;
// Rows of one call of encode, which reads W_enc once: as many as leave z, of 512 latents, and a block of x in the
// second-level cache.
constexpr int64_t kEncodeRows = kLanes == 8 ? 66 : 32;
// Parts of a dot product in decoder_gradient. Wider vectors are folded to this many lanes: it costs as little as adding
// them up, and less memory.
constexpr int kDotLanes = kLanes < 8 ? kLanes : 8;

void encode(const float* x_tiles, int64_t tile_stride, int64_t rows, int64_t padded_d_in, const float* w_enc_panels,
            const float* bias, int64_t padded_d_sae, float* z);
void select_topk(const float* z, int64_t n, int64_t k, bool relu, uint32_t* keys, int32_t* indices, float* values);
void sparse_times_tile(const SparseRows& a, int64_t rows, int64_t entries, const float* table, float* out);
double residual(float* x_hat, const float* x, int64_t rows, float scale, float* column_sum);
void error_sums(const float* x_hat, const float* x, int64_t rows, const double* shift, double* deviation,
                double* deviation_squared, double* row_squares);
void decoder_gradient(const SparseRows& by_latent, int64_t first, int64_t last, const float* g, float* dots,
                      const GradientSink& sink);
void sum_dots(const float* dots, int64_t n, float* out);
void transpose_panel(const float* in, float* out);
void apply(const float* gradient, int64_t n, const GradientSink& sink);

}  // namespace sae::cpu::SAE_ISA
