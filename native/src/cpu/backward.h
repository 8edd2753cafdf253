// The backward pass over the batch that Forward holds, and the update of the parameters.
#pragma once

#include "forward.h"
#include "latent_lists.h"

namespace sae::cpu {

// Where the gradients of all four parameters go: to `gradient`, or if that is NULL through Adam into the parameters.
struct ModelUpdate {
  Parameters* gradient;
  Parameters &parameters, &m, &v;
  AdamCoefficients adam;

  GradientSink sink(Buffer<float> Parameters::* tensor, int64_t offset) const;
};

class Backward {
 public:
  Backward(const Shape& shape, const Kernels& kernels, ThreadPool& pool, Forward& forward)
      : shape_(shape), kernels_(kernels), pool_(pool), forward_(forward) {}
  void plan(MemoryPlan& plan);

  // Decodes the batch; returns its loss and keeps what `gradients` needs. indices, values [rows, k]: what Forward
  // selected last.
  double decode_loss(const Parameters& parameters, const int32_t* indices, const float* values, int64_t rows);

  // Of the rows of the last `decode_loss`.
  void gradients(const ModelUpdate& update);

 private:
  // W_dec of the 32 latents of one group.
  void latent_and_decoder_gradient(const ModelUpdate& update, int64_t group, int worker);
  // One tile of W_enc.
  void encoder_gradient(const ModelUpdate& update, int64_t tile, int worker);
  void add_pre_bias_gradient(const Parameters& parameters);

  const Shape& shape_;
  const Kernels& kernels_;
  ThreadPool& pool_;
  Forward& forward_;
  LatentLists lists_;
  Buffer<double> tile_squares_;         // [tiles]
  Buffer<float> b_enc_, b_dec_;         // gradients of the biases, padded
  Buffer<float> dots_;                  // scratch of each worker: a group's latent gradients, as lanes
  Buffer<float> by_latent_, by_input_;  // the gradients of some latents in one tile, and a panel of them transposed
};

}  // namespace sae::cpu
