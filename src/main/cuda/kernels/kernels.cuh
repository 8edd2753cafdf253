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

#include "device/device.h"

namespace sae {

// How dense matrices are multiplied; everything else is fp32 in any case. What the bf16 ones do: tensor_product.cuh.
enum class Precision { kFp32, kBf16x3, kBf16 };

struct Shape {
  int d_in, d_sae, k;
  int in_stride, sae_stride;  // floats from row to row of [., d_in] and [., d_sae]
  int mask_words;             // 32-bit words from row to row of a mask [., d_sae]
  int depth_parts;            // blocks that share a tile of encode_topk and latent_gradient, each with a part of d_in
  bool wide_encoder;          // tiles of encode_topk have 128 columns, not 64; only where depth_parts is 1
  bool wide_weights;          // the same for weight_gradient_adam
  bool gather;                // after the encoder, visit only the selected latents instead of multiplying with zeros
  bool relu;                  // keep the largest z, not the largest |z|, then ReLU
  bool pre_bias;              // encode x - b_dec
  Precision precision;
};
// Floats from row to row of a matrix of so many columns.
int row_stride(int columns);
// batch_size: the rows to plan for. Launches of any other number of rows use the same plan, so that what comes out for
// a row does not depend on the rows beside it.
Shape make_shape(int d_in, int d_sae, int k, int batch_size, bool relu, bool pre_bias, Precision precision);

struct Weights {
  const float *w_enc, *b_enc, *w_dec, *b_dec;  // [d_sae, in_stride], [sae_stride], [d_sae, in_stride], [in_stride]
};

// The rows that go through the kernels together.
struct Batch {
  const float* x;    // [., in_stride], the whole data set
  const int* order;  // [rows] rows of x; nullptr: row i is row i
  int rows;
  bool lists;      // indices and values are wanted beside the sparse rows; always with gather
  int number;      // in its epoch
  int* bad_batch;  // receives the least number of a batch whose loss is not finite; no update from there on
};

// Scratch of products whose tiles are shared by several blocks, each with a part of the summed dimension;
// matmul_tile.cuh.
struct DepthParts {
  float* partials;  // [depth_partials]
  int* arrivals;    // [shared_tiles], zero before and after every launch
};
size_t shared_tiles(const Shape& shape, int rows);
size_t depth_partials(const Shape& shape, int rows);

// What the kernels pass on to each other. Rows are those of the batch. Two names for one place: the later takes it when
// nothing needs the earlier any more.
struct Scratch {
  float* inputs;          // [rows, in_stride] x - b_dec; only with pre-bias
  float* z;               // [rows, sae_stride] pre-activations
  float* sparse;          // [rows, sae_stride] the selected latents' values, zero elsewhere; where z was
  int32_t* indices;       // [rows, k] ascending
  float* values;          // [rows, k]
  uint32_t* mask;         // [rows, mask_words] bit of a latent: selected and the gradient passes
  uint32_t* active_rows;  // [d_sae, ceil(rows / 32)] the mask transposed; only with gather
  float* x_hat;           // [rows, in_stride] what reconstruct and decode_sparse leave
  float* residual;        // [rows, in_stride] gradient of the loss by x_hat; in the place of x_hat
  float* dz;              // [rows, sae_stride] gradient of z; with gather only masked entries are written
  double* loss_partials;  // [decode_blocks]
  float* b_dec_partials;  // [decode_row_groups, in_stride] column sums of residual
  float* b_enc_partials;  // [latent_row_groups, sae_stride] column sums of dz
  float* b_enc_gradient;  // [sae_stride] only with pre-bias
  DepthParts depth;
};
int decode_row_groups(const Shape& shape, int rows);
size_t decode_blocks(const Shape& shape, int rows);
int latent_row_groups(const Shape& shape, int rows);

// Adam's constants of the whole run, and those of one update (in device memory: a replayed graph reads new ones).
struct AdamConstants {
  float one_minus_beta1, beta2, one_minus_beta2, eps;
};
struct AdamStep {
  float step_size;           // lr / (1 - beta1^t)
  float inverse_sqrt_bias2;  // 1 / sqrt(1 - beta2^t)
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

// ---- encoder ----

// in: x, b_dec.   out: inputs.
void centre_rows(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                 device::Stream stream);
// in: z.   out: sparse, mask; indices and values where the batch wants lists.
void select_topk(const Shape& shape, const Batch& batch, const Scratch& scratch, device::Stream stream);
// in: x, W_enc, b_enc, with pre-bias b_dec.   out: what select_topk leaves; with pre-bias inputs.
void encode_topk(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                 device::Stream stream);

// ---- decoder ----

// in: indices, values [rows, k], which may be any lists; W_dec, b_dec.   out: x_hat.
void decode_sparse(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                   device::Stream stream);
// in: sparse, or with gather indices and values; W_dec, b_dec, x.   out: x_hat. Leaves nothing of use in loss_partials,
// b_dec_partials and bad_batch.
void reconstruct(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                 device::Stream stream);

// ---- training ----

// in: as reconstruct.   out: residual, loss_partials, b_dec_partials, bad_batch.
void decode_loss(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                 device::Stream stream);
// in: residual, W_dec, mask, with gather indices.   out: dz, b_enc_partials, with gather active_rows.
void latent_gradient(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                     device::Stream stream);
// Biases and loss, with pre-bias. in: b_enc_partials, b_dec_partials, loss_partials, W_enc.
// out: sinks.b_enc, sinks.b_dec, sinks.loss, b_enc_gradient.
void bias_gradient_adam(const Shape& shape, const Weights& weights, const Batch& batch, const Scratch& scratch,
                        const Sinks& sinks, device::Stream stream);
// in: sparse, dz, residual, x or with pre-bias inputs, with gather active_rows; without pre-bias the parts of the
// biases and of the loss.   out: sinks.w_enc, sinks.w_dec, without pre-bias the other sinks.
void weight_gradient_adam(const Shape& shape, const Batch& batch, const Scratch& scratch, const Sinks& sinks,
                          device::Stream stream);
// in: sink.gradient, which holds `count` floats (a multiple of 4).   out: sink.parameter, m, v.
void adam_update(const GradientSink& sink, size_t count, device::Stream stream);

// ---- validation ----

// Running sums over the columns of a matrix that is seen a few rows at a time; the first rows have none before them and
// overwrite what there was. Each array is [in_stride].
struct ColumnSums {
  double* sum;
  double* mean;
  double* squared;
  double* deviation;  // sum of (value - column mean)^2 over the rows seen so far
};
// Of a data set: its columns, and what an evaluation adds up.
struct EvaluationSums {
  ColumnSums x, error;
  double* row_ratio;      // [rows of the data set]
  int64_t* firing_count;  // [d_sae]
  double* abs_sum;        // [d_sae]
};
struct EvaluationTotals {
  double x_sum, x_squared, x_deviation, error_sum, error_squared, error_deviation, row_ratio_sum, abs_sum;
  double active;  // a count, exact below 2^53
};
// in: x [rows, row_stride(d_in)].   out: sums, of x.
void add_columns(int d_in, const float* x, int rows, const ColumnSums& sums, device::Stream stream);
// in: x in its own order (no batch.order), x_hat, sparse, sums.x of the whole data set.   out: the other sums, with the
// batch added to rows_before rows.
void evaluate_batch(const Shape& shape, const Batch& batch, const Scratch& scratch, int64_t rows_before,
                    const EvaluationSums& sums, device::Stream stream);
// in: sums of `rows` rows.   out: totals.
void evaluate_totals(const Shape& shape, int64_t rows, const EvaluationSums& sums, EvaluationTotals* totals,
                     device::Stream stream);

}  // namespace sae
