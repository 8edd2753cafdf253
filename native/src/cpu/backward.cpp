#include "backward.h"

#include <algorithm>
#include <cstring>

namespace sae::cpu {
namespace {

// Latents of one item of work: enough for a tile of the batch to be reused from the cache, few enough to share out.
constexpr int64_t kDecoderLatents = 32;
constexpr int64_t kEncoderLatents = 128;

}  // namespace

GradientTarget ModelUpdate::target(Buffer<float> Parameters::*tensor, int64_t offset) const {
  return {gradient == nullptr ? nullptr : (gradient->*tensor).data() + offset, (parameters.*tensor).data() + offset,
          (m.*tensor).data() + offset, (v.*tensor).data() + offset, adam};
}

void Backward::plan(MemoryPlan& plan) {
  lists_.plan(plan, shape_);
  plan.add(tile_squares_, shape_.tiles);
  plan.add(b_enc_, shape_.padded_d_sae);
  plan.add(b_dec_, shape_.padded_d_in);
  plan.add(rows_, pool_.workers() * kEncoderLatents * kTile);
  plan.add(group_, pool_.workers() * kGroup * kTile);
  plan.add(cursor_, pool_.workers() * kEncoderLatents);
}

double Backward::loss(const Parameters& parameters, const int32_t* indices, const float* values, int64_t rows) {
  const double elements = static_cast<double>(rows) * static_cast<double>(shape_.d_in);
  const float scale = static_cast<float>(2 / elements);  // d loss / d x_hat = scale * (x_hat - x)
  // The lists are built by one worker while the others decode.
  pool_.run(shape_.tiles + 1, [&](int64_t item, int worker) {
    if (item == 0) {
      lists_.build(shape_, indices, values, rows);
      return;
    }
    const int64_t tile = item - 1;
    forward_.decode_tile(parameters, indices, values, rows, tile, worker);
    tile_squares_[tile] =
        kernels_.residual(forward_.x_hat(tile), forward_.x(tile), rows, scale, b_dec_.data() + tile * kTile);
  });
  double squares = 0;
  for (int64_t tile = 0; tile < shape_.tiles; ++tile) squares += tile_squares_[tile];
  return squares / elements;
}

void Backward::gradients(const ModelUpdate& update, int64_t rows) {
  decoder(update);
  if (shape_.pre_bias) pre_bias_of_decoder_bias(update.parameters);
  encoder(update, rows);
  kernels_.apply(b_enc_.data(), shape_.padded_d_sae, update.target(&Parameters::b_enc, 0));
  kernels_.apply(b_dec_.data(), shape_.padded_d_in, update.target(&Parameters::b_dec, 0));
}

// W_dec, the latent gradients and their sums, the gradient of b_enc.
void Backward::decoder(const ModelUpdate& update) {
  pool_.run(blocks_of(shape_.padded_d_sae, kDecoderLatents), [&](int64_t item, int) {
    const int64_t first = item * kDecoderLatents, last = std::min(shape_.padded_d_sae, first + kDecoderLatents);
    for (int64_t tile = 0; tile < shape_.tiles; ++tile) {
      kernels_.decoder_gradient(lists_.values(), first, last, forward_.x_hat(tile), lists_.latent_gradient(),
                                update.target(&Parameters::w_dec, tile * shape_.padded_d_sae * kTile));
    }
    for (int64_t latent = first; latent < last; ++latent) {
      float sum = 0;
      for (int64_t i = lists_.begin(latent); i < lists_.end(latent); ++i) sum += lists_.latent_gradient()[i];
      b_enc_[latent] = sum;
    }
  });
}

// b_dec is subtracted from the encoder's input: its gradient loses W_enc^T db_enc.
void Backward::pre_bias_of_decoder_bias(const Parameters& parameters) {
  pool_.run(shape_.tiles, [&](int64_t tile, int) {
    for (int64_t c = tile * kTile; c < (tile + 1) * kTile; ++c) {
      float lanes[kGroup] = {};
      for (int64_t group = 0; group < shape_.groups; ++group) {
        const float* w = parameters.w_enc.data() + (group * shape_.padded_d_in + c) * kGroup;
        for (int64_t j = 0; j < kGroup; ++j) lanes[j] += w[j] * b_enc_[group * kGroup + j];
      }
      float sum = 0;
      for (float lane : lanes) sum += lane;
      b_dec_[c] -= sum;
    }
  });
}

// W_enc: dW_enc[j] = sum over j's rows of latent gradient * x, less db_enc[j] * b_dec with pre-bias.
void Backward::encoder(const ModelUpdate& update, int64_t rows) {
  const int64_t ranges = blocks_of(shape_.padded_d_sae, kEncoderLatents);
  const SparseRows lists = lists_.latent_gradients();
  pool_.run(shape_.tiles * ranges, [&](int64_t item, int worker) {
    const int64_t tile = item / ranges, first = item % ranges * kEncoderLatents;
    const int64_t last = std::min(shape_.padded_d_sae, first + kEncoderLatents);
    float* by_latent = rows_.data() + worker * kEncoderLatents * kTile;
    std::memset(by_latent, 0, static_cast<size_t>((last - first) * kTile) * sizeof(float));
    kernels_.sparse_times_tile({lists.start + first, lists.column, lists.value}, last - first, forward_.x(tile), rows,
                               lists.start[last] - lists.start[first], by_latent,
                               cursor_.data() + worker * kEncoderLatents);
    for (int64_t latent = first; latent < last; latent += kGroup) {
      float* by_input = group_.data() + worker * kGroup * kTile;
      kernels_.transpose_group(by_latent + (latent - first) * kTile, by_input);
      if (shape_.pre_bias) {
        for (int64_t c = 0; c < kTile; ++c) {
          const float b_dec = update.parameters.b_dec[tile * kTile + c];
          for (int64_t j = 0; j < kGroup; ++j) by_input[c * kGroup + j] -= b_enc_[latent + j] * b_dec;
        }
      }
      const int64_t offset = (latent / kGroup * shape_.padded_d_in + tile * kTile) * kGroup;
      kernels_.apply(by_input, kTile * kGroup, update.target(&Parameters::w_enc, offset));
    }
  });
}

}  // namespace sae::cpu
