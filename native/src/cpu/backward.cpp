#include "backward.h"

#include <algorithm>
#include <cstring>

namespace sae::cpu {
GradientTarget ModelUpdate::target(Buffer<float> Parameters::*tensor, int64_t offset) const {
  return {gradient == nullptr ? nullptr : (gradient->*tensor).data() + offset, (parameters.*tensor).data() + offset,
          (m.*tensor).data() + offset, (v.*tensor).data() + offset, adam};
}

void Backward::plan(MemoryPlan& plan) {
  lists_.plan(plan, shape_);
  plan.add(tile_squares_, shape_.tiles);
  plan.add(b_enc_, shape_.padded_d_sae);
  plan.add(b_dec_, shape_.padded_d_in);
  plan.add(by_latent_, pool_.workers() * kGroup * kTile);
  plan.add(by_input_, pool_.workers() * kGroup * kTile);
  plan.add(cursor_, pool_.workers() * kGroup);
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

// The latents of an item are finished by the worker that began them, so that one meeting of the workers is enough;
// with pre-bias the gradient of b_dec needs all of db_enc and the old W_enc, which takes a second.
void Backward::gradients(const ModelUpdate& update, int64_t rows) {
  pool_.run(shape_.groups, [&](int64_t group, int worker) {
    decoder(update, group);
    if (!shape_.pre_bias) encoder(update, rows, group, worker);
  });
  if (shape_.pre_bias) {
    pre_bias_of_decoder_bias(update.parameters);
    pool_.run(shape_.groups, [&](int64_t group, int worker) { encoder(update, rows, group, worker); });
  }
  kernels_.apply(b_enc_.data(), shape_.padded_d_sae, update.target(&Parameters::b_enc, 0));
  kernels_.apply(b_dec_.data(), shape_.padded_d_in, update.target(&Parameters::b_dec, 0));
}

// W_dec, the latent gradients and their sums, the gradient of b_enc.
void Backward::decoder(const ModelUpdate& update, int64_t group) {
  const int64_t first = group * kGroup, last = first + kGroup;
  for (int64_t tile = 0; tile < shape_.tiles; ++tile) {
    kernels_.decoder_gradient(lists_.values(), first, last, forward_.x_hat(tile), lists_.latent_gradient(),
                              update.target(&Parameters::w_dec, tile * shape_.padded_d_sae * kTile));
  }
  for (int64_t latent = first; latent < last; ++latent) {
    float sum = 0;
    for (int64_t i = lists_.begin(latent); i < lists_.end(latent); ++i) sum += lists_.latent_gradient()[i];
    b_enc_[latent] = sum;
  }
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
void Backward::encoder(const ModelUpdate& update, int64_t rows, int64_t group, int worker) {
  const int64_t first = group * kGroup;
  const SparseRows lists = lists_.latent_gradients();
  float* by_latent = by_latent_.data() + worker * kGroup * kTile;
  float* by_input = by_input_.data() + worker * kGroup * kTile;
  for (int64_t tile = 0; tile < shape_.tiles; ++tile) {
    std::memset(by_latent, 0, kGroup * kTile * sizeof(float));
    kernels_.sparse_times_tile({lists.start + first, lists.column, lists.value}, kGroup, forward_.x(tile), rows,
                               lists.start[first + kGroup] - lists.start[first], by_latent,
                               cursor_.data() + worker * kGroup);
    kernels_.transpose_group(by_latent, by_input);
    if (shape_.pre_bias) {
      for (int64_t c = 0; c < kTile; ++c) {
        const float b_dec = update.parameters.b_dec[tile * kTile + c];
        for (int64_t j = 0; j < kGroup; ++j) by_input[c * kGroup + j] -= b_enc_[first + j] * b_dec;
      }
    }
    kernels_.apply(by_input, kTile * kGroup,
                   update.target(&Parameters::w_enc, (group * shape_.padded_d_in + tile * kTile) * kGroup));
  }
}

}  // namespace sae::cpu
