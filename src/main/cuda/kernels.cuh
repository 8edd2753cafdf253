// kernels.cuh: the index of all launchers. One file an operation, named as the launcher.
//
//   training step   encode_topk -> decode_loss -> latent_gradient -> weight_gradient_adam
//   validation      encode_topk -> reconstruct (in decode_loss.cu) -> evaluate
//   with pre-bias   encode_topk begins with centre_rows, and bias_gradient_adam comes before weight_gradient_adam
//   alone           select_topk, decode_sparse, adam_update
//
// Matrices are row-major. Rows lie a multiple of 4 floats apart and the floats that fill them up are zero, so that
// every load is 128 bits wide and no kernel needs a second path for odd widths.
#pragma once

#include <cstdint>

#include "device.h"

namespace sae {

// How dense matrices are multiplied; everything else is fp32 in any case. tensor_product.cuh says what the bf16 ones do.
enum class Precision { kFp32, kBf16x3, kBf16 };

struct Shape {
  int d_in, d_sae, k;
  int in_stride, sae_stride;  // floats from row to row of [., d_in] and [., d_sae]
  int mask_words;             // 32-bit words from row to row of a mask [., d_sae]
  int splits;                 // blocks that share d_in in encode_topk and latent_gradient; matmul_tile.cuh
  bool relu;                  // keep the largest z, not the largest |z|, then ReLU
  bool pre_bias;              // encode x - b_dec
  Precision precision;
};
// batch_size: the rows to plan for. Launches of any other number of rows use the same plan, so that what comes out for a
// row does not depend on the rows beside it.
Shape make_shape(int d_in, int d_sae, int k, int batch_size, bool relu, bool pre_bias, Precision precision);

// Whether decoder, latent gradient and weight gradients visit only the selected latents (gather) or multiply dense
// matrices with zeros in them. The one place where this is decided.
bool gathers(const Shape& shape);

// Scratch of products whose summed dimension is split over several blocks; see matmul_tile.cuh.
struct SplitSpace {
  float* partials;  // [split_partials]
  int* arrivals;    // [split_tiles], zero before and after every launch
};
size_t split_tiles(const Shape& shape, int rows);
size_t split_partials(const Shape& shape, int rows);

// Adam's constants of the whole run, and those of one update (in device memory: a replayed graph reads new ones).
struct AdamConstants {
  float one_minus_beta1, beta2, one_minus_beta2, eps;
};
struct AdamStep {
  float step_size;             // lr / (1 - beta1^t)
  float inverse_sqrt_bias2;    // 1 / sqrt(1 - beta2^t)
};

// What is done with the gradient g of one tensor: kept (gradient) or used at once for an Adam update of it.
struct GradientSink {
  float* gradient;  // not nullptr: g is stored there and nothing is updated
  float* parameter;
  float* m;
  float* v;
  AdamConstants constants;
  const AdamStep* step;  // read only for an update
};

// What a training step leaves.
struct Sinks {
  GradientSink w_enc, b_enc, w_dec, b_dec;
  double* loss;  // of the batch: the mean squared error
};

// One batch as the training kernels pass it on. Rows are those of the batch.
struct Batch {
  int rows;
  int number;              // of the batch in its epoch
  int* bad_batch;          // receives the least number of a batch whose loss is not finite; no update from there on
  const float* x;          // [., in_stride], the whole split
  const int* order;        // [rows] rows of x; nullptr: row i is row i
  float* z;                // [rows, sae_stride] pre-activations; after selection the sparse values, zero elsewhere
  int32_t* indices;        // [rows, k] ascending; nullptr: not wanted
  float* values;           // [rows, k]
  uint32_t* mask;          // [rows, mask_words] bit of a latent: selected and the gradient passes
  uint32_t* active_rows;   // [d_sae, ceil(rows / 32)] the mask transposed; only where gathers()
  float* residual;         // [rows, in_stride] gradient of the loss by x_hat; after reconstruct x_hat itself
  float* inputs;           // [rows, in_stride] x - b_dec, as centre_rows leaves it; only with pre-bias
  float* dz;               // [rows, sae_stride] gradient of z; where gathers() only masked entries are written
  double* loss_partials;   // [decode_blocks]
  float* b_dec_partials;   // [decode_row_groups, in_stride] column sums of residual
  float* b_enc_partials;   // [latent_row_groups, sae_stride] column sums of dz
  SplitSpace split;
};
int decode_row_groups(const Shape& shape, int rows);
size_t decode_blocks(const Shape& shape, int rows);
int latent_row_groups(const Shape& shape, int rows);

struct Weights {
  const float *w_enc, *b_enc, *w_dec, *b_dec;
};

// What the encoder sees: with pre-bias the centred rows, else those of x, where they lie.
struct Rows {
  const float* data;  // [., in_stride]
  const int* order;   // nullptr: row i is row i
};
inline Rows encoder_inputs(const Shape& shape, const Batch& batch) {
  return shape.pre_bias ? Rows{batch.inputs, nullptr} : Rows{batch.x, batch.order};
}

void centre_rows(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream);

void select_topk(const Shape& shape, const Batch& batch, device::Stream stream);
void encode_topk(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream);

// x_hat [rows, in_stride] from any lists of indices and values [rows, k].
void decode_sparse(const Shape& shape, const Weights& weights, const int32_t* indices, const float* values, int rows,
                   float* x_hat, device::Stream stream);

void decode_loss(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream);
void reconstruct(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream);
void latent_gradient(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream);

// The biases and the loss, with pre-bias. b_enc_gradient [sae_stride] receives that gradient in any case.
void bias_gradient_adam(const Shape& shape, const Weights& weights, const Batch& batch, const Sinks& sinks,
                        float* b_enc_gradient, device::Stream stream);
// The weights, and without pre-bias everything.
void weight_gradient_adam(const Shape& shape, const Batch& batch, const Sinks& sinks, device::Stream stream);

// parameter, m, v from sink.gradient, which holds `count` floats (a multiple of 4).
void adam_update(const GradientSink& sink, size_t count, device::Stream stream);

// Running sums over the columns of a matrix that is seen a few rows at a time; the first rows have none before them and
// overwrite what there was. Each array is [columns].
struct ColumnSums {
  double* sum;
  double* mean;
  double* squared;
  double* deviation;  // sum of (value - column mean)^2 over the rows seen so far
};
// Of x, or of x - x_hat where x_hat is not nullptr.
void add_columns(const float* x, const float* x_hat, int rows, int columns, int stride, int64_t rows_before,
                 const ColumnSums& sums, device::Stream stream);
// Adds the rows of the batch, whose residual is x_hat and whose z holds the sparse values, to those before it.
// x_sums.mean [in_stride]; row_ratio [rows]; firing_count, abs_sum [d_sae].
void evaluate_batch(const Shape& shape, const Batch& batch, int64_t rows_before, const ColumnSums& x_sums, double* row_ratio,
                    int64_t* firing_count, double* abs_sum, device::Stream stream);

struct EvaluationTotals {
  double x_sum, x_squared, x_deviation, error_sum, error_squared, error_deviation, row_ratio_sum, abs_sum;
  double active;  // a count, exact below 2^53
};
void evaluate_totals(const Shape& shape, int64_t rows, const ColumnSums& x_sums, const ColumnSums& error_sums,
                     const double* row_ratio, const int64_t* firing_count, const double* abs_sum,
                     EvaluationTotals* totals, device::Stream stream);

}  // namespace sae
