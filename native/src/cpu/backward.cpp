#include "backward.h"

#include <algorithm>
#include <cstring>

namespace sae::cpu {
namespace {

constexpr int64_t kEncoderLatents = 128;  // whose gradients in one tile stay in the second-level cache

}  // namespace

GradientSink ModelUpdate::sink(Buffer<float> Parameters::* tensor, int64_t offset) const {
  return {gradient == nullptr ? nullptr : (gradient->*tensor).data() + offset, (parameters.*tensor).data() + offset,
          (m.*tensor).data() + offset, (v.*tensor).data() + offset, adam};
}

void Backward::plan(MemoryPlan& plan) {
  lists_.plan(plan, shape_);
  plan.add(tile_squares_, shape_.tiles);
  plan.add(b_enc_, shape_.padded_d_sae);
  plan.add(b_dec_, shape_.padded_d_in);
  plan.add(by_latent_, pool_.workers() * kEncoderLatents * shape_.tile);
  plan.add(by_input_, pool_.workers() * shape_.panel * shape_.tile);
  plan.add(dots_, pool_.workers() * kGroup * shape_.batch_size * kernels_.dot_lanes);
}

double Backward::decode_loss(const Parameters& parameters, const int32_t* indices, const float* values, int64_t rows) {
  const double elements = static_cast<double>(rows) * static_cast<double>(shape_.d_in);
  const float scale = static_cast<float>(2 / elements);  // d loss / d x_hat = scale * (x_hat - x)
  // The lists are built by one worker while the others decode.
  pool_.run(shape_.tiles + 1, [&](int64_t item, int) {
    if (item == 0) {
      lists_.build(shape_, indices, values, rows);
      return;
    }
    const int64_t tile = item - 1;
    forward_.decode_tile(parameters, values, rows, tile);
    tile_squares_[tile] =
        kernels_.residual(forward_.x_hat(tile), forward_.x(tile), rows, scale, b_dec_.data() + tile * shape_.tile);
  });
  double squares = 0;
  for (int64_t tile = 0; tile < shape_.tiles; ++tile) squares += tile_squares_[tile];
  return squares / elements;
}

// W_dec group by group, so that a group's latent gradients are complete when it is done; then W_enc tile by tile, so
// that each part of x comes to the caches once.
void Backward::gradients(const ModelUpdate& update) {
  pool_.run(shape_.groups,
            [&](int64_t item, int worker) { latent_and_decoder_gradient(update, lists_.group(item), worker); });
  if (shape_.pre_bias) add_pre_bias_gradient(update.parameters);
  pool_.run(shape_.tiles, [&](int64_t tile, int worker) { encoder_gradient(update, tile, worker); });
  kernels_.apply(b_enc_.data(), shape_.padded_d_sae, update.sink(&Parameters::b_enc, 0));
  kernels_.apply(b_dec_.data(), shape_.padded_d_in, update.sink(&Parameters::b_dec, 0));
}

// W_dec, the latent gradients and their sums, the gradient of b_enc.
void Backward::latent_and_decoder_gradient(const ModelUpdate& update, int64_t group, int worker) {
  const int64_t first = group * kGroup, last = first + kGroup;
  const int64_t begin = lists_.begin(first), entries = lists_.begin(last) - begin;
  float* dots = dots_.data() + worker * kGroup * shape_.batch_size * kernels_.dot_lanes;
  std::memset(dots, 0, static_cast<size_t>(entries * kernels_.dot_lanes) * sizeof(float));
  for (int64_t tile = 0; tile < shape_.tiles; ++tile) {
    kernels_.decoder_gradient(lists_.values(), first, last, forward_.x_hat(tile), dots,
                              update.sink(&Parameters::w_dec, tile * shape_.padded_d_sae * shape_.tile));
  }
  kernels_.sum_dots(dots, entries, lists_.latent_gradient() + begin);
  for (int64_t latent = first; latent < last; ++latent) {
    float sum = 0;
    for (int64_t i = lists_.begin(latent); i < lists_.begin(latent + 1); ++i) sum += lists_.latent_gradient()[i];
    b_enc_[latent] = sum;
  }
}

// b_dec is subtracted from the encoder's input: its gradient loses W_enc^T db_enc.
void Backward::add_pre_bias_gradient(const Parameters& parameters) {
  pool_.run(shape_.tiles, [&](int64_t tile, int) {
    for (int64_t c = tile * shape_.tile; c < (tile + 1) * shape_.tile; ++c) {
      float lanes[kGroup] = {};
      for (int64_t first = 0; first < shape_.padded_d_sae; first += shape_.panel) {
        const float* w = parameters.w_enc.data() + first * shape_.padded_d_in + c * shape_.panel;
        for (int64_t j = 0; j < shape_.panel; ++j) lanes[j] += w[j] * b_enc_[first + j];
      }
      float sum = 0;
      for (float lane : lanes) sum += lane;
      b_dec_[c] -= sum;
    }
  });
}

// W_enc: dW_enc[j] = sum over j's rows of latent gradient * x, less db_enc[j] * b_dec with pre-bias.
void Backward::encoder_gradient(const ModelUpdate& update, int64_t tile, int worker) {
  const int64_t panel_weights = shape_.panel * shape_.tile;  // in one tile
  float* by_latent = by_latent_.data() + worker * kEncoderLatents * shape_.tile;
  float* by_input = by_input_.data() + worker * panel_weights;
  for (int64_t first = 0; first < shape_.padded_d_sae; first += kEncoderLatents) {
    const int64_t latents = std::min(kEncoderLatents, shape_.padded_d_sae - first);
    std::memset(by_latent, 0, static_cast<size_t>(latents * shape_.tile) * sizeof(float));
    kernels_.sparse_times_tile(lists_.latent_gradients(first), latents,
                               lists_.begin(first + latents) - lists_.begin(first), forward_.x(tile), by_latent);
    for (int64_t panel = 0; panel < latents; panel += shape_.panel) {
      kernels_.transpose_panel(by_latent + panel * shape_.tile, by_input);
      if (shape_.pre_bias) {
        for (int64_t c = 0; c < shape_.tile; ++c) {
          const float b_dec = update.parameters.b_dec[tile * shape_.tile + c];
          for (int64_t j = 0; j < shape_.panel; ++j)
            by_input[c * shape_.panel + j] -= b_enc_[first + panel + j] * b_dec;
        }
      }
      kernels_.apply(by_input, panel_weights,
                     update.sink(&Parameters::w_enc, (first + panel) * shape_.padded_d_in + tile * panel_weights));
    }
  }
}

}  // namespace sae::cpu
