// The cpu kernels, as a table: the same sources are compiled once for each instruction set (see CMakeLists.txt), and
// the table is chosen when a session is created. Layouts: layout.h. Every sum has a fixed order, so a kernel's result
// depends on its arguments alone; between instruction sets results differ by rounding.
//
// The steps are those of src/main/cuda/kernels, cut where a cache wants it:
//
//   encode_topk            encode, select_topk
//   decode_loss            sparse_times_tile, residual
//   latent_gradient        decoder_gradient with W_dec's half of weight_gradient_adam, which reads the same; sum_dots
//   weight_gradient_adam   W_enc's half: sparse_times_tile, transpose_panel, apply
//   adam_update            apply
//   evaluate               sparse_times_tile, error_sums
#pragma once

#include <cstdint>

namespace sae::cpu {

// Rows of selected entries whose columns ascend, cut into blocks of Kernels::sparse_block columns: those of row i in
// block b are the entries begin[b * stride + i] .. begin[(b + 1) * stride + i] - 1.
struct SparseRows {
  const int64_t* begin;  // [blocks + 1, stride]
  int64_t stride, blocks;
  const int32_t* offset;  // column * tile: where the column's row of a table begins
  const float* value;
};

// p -= step_size * m / (sqrt(v) * root_scale + eps) after m += (1 - beta1)(g - m), v = beta2 v + (1 - beta2) g^2;
// step_size = lr / (1 - beta1^t), root_scale = 1 / sqrt(1 - beta2^t).
struct AdamCoefficients {
  float one_minus_beta1, beta2, one_minus_beta2, step_size, root_scale, eps;
};

// What becomes of a gradient: if `gradient` is not NULL it is stored there, else Adam updates the other three. All
// arrays have the layout of the parameter.
struct GradientSink {
  float* gradient;
  float *parameter, *m, *v;
  AdamCoefficients adam;
};

struct Kernels {
  int64_t tile;              // columns of a tile
  int64_t panel;             // latents of a panel
  int64_t dot_lanes;         // parts in which decoder_gradient leaves a dot product
  int64_t encode_row_block;  // rows that `encode` takes together
  int64_t encode_rows;       // the most rows of one `encode` call, whole blocks
  int64_t sparse_block;      // columns of a block of SparseRows

  // z [rows, padded d_sae] = x W_enc^T + bias for `rows` rows of x, given as tiles of which each is `tile_stride`
  // floats after the last. x and z must have room for whole row blocks; what comes out for the rows past `rows` is of
  // no use.
  void (*encode)(const float* x_tiles, int64_t tile_stride, int64_t rows, int64_t padded_d_in,
                 const float* w_enc_panels, const float* bias, int64_t padded_d_sae, float* z);

  // The k largest keys of z [n]: indices ascending, values. keys: scratch [n].
  void (*select_topk)(const float* z, int64_t n, int64_t k, bool relu, uint32_t* keys, int32_t* indices, float* values);

  // out [rows, tile] += A * table, A sparse [rows, table_rows] with `entries` entries, table [table_rows, tile].
  void (*sparse_times_tile)(const SparseRows& a, int64_t rows, int64_t entries, const float* table, float* out);

  // e = x_hat - x for one tile of `rows` rows: x_hat becomes scale * e, column_sum [tile] its sums over the rows.
  // Returns the sum of e^2.
  double (*residual)(float* x_hat, const float* x, int64_t rows, float scale, float* column_sum);

  // Adds one tile of the double sums of an evaluation, e = x - x_hat: to deviation [tile] and deviation_squared
  // [tile] those of e - shift [tile] and its square over the rows; row_squares [rows] receives each row's sum of e^2.
  void (*error_sums)(const float* x_hat, const float* x, int64_t rows, const double* shift, double* deviation,
                     double* deviation_squared, double* row_squares);

  // One tile of W_dec's gradient for the latents first .. last - 1, s^T g, into its sink, and of the latent gradient,
  // <g[row], W_dec[latent]> for every entry of those latents: in parts that are added to dots [entries, dot_lanes], the
  // first entry of latent `first` first. by_latent: rows = latents, columns = rows of the batch. g [batch, tile]: the
  // residual. The
  // sink's arrays are whole tiles [padded d_sae, tile]. At most 32 latents.
  void (*decoder_gradient)(const SparseRows& by_latent, int64_t first, int64_t last, const float* g, float* dots,
                           const GradientSink& sink);

  // out [n] = the sums of dots [n, dot_lanes].
  void (*sum_dots)(const float* dots, int64_t n, float* out);

  // out [tile, panel] = in [panel, tile] transposed.
  void (*transpose_panel)(const float* in, float* out);

  // n floats of a gradient to the sink, whose arrays start at the first of them.
  void (*apply)(const float* gradient, int64_t n, const GradientSink& sink);
};

namespace plain {
const Kernels& kernels();
}
#if defined(__x86_64__)
namespace avx2 {
const Kernels& kernels();
}
namespace avx512 {
const Kernels& kernels();
}
#endif

}  // namespace sae::cpu
