#include "cpu_backend.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "cpu_features.h"

namespace sae::cpu {
namespace {

const Kernels& kernels_of(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return avx512::kernels();
  if (isa == Isa::kAvx2) return avx2::kernels();
#endif
  return plain::kernels();
}

}  // namespace

CpuBackend::CpuBackend(const sae_config& config)
    : config_(config),
      kernels_(kernels_of(choose_isa())),
      shape_(config, kernels_),
      pool_(config.threads == 0 ? available_cores() : config.threads),
      forward_(shape_, kernels_, pool_),
      backward_(shape_, kernels_, pool_, forward_),
      evaluator_(shape_, kernels_, pool_, forward_) {
  if (config.precision != SAE_FP32) {
    throw Error(SAE_ERR_UNAVAILABLE, "the cpu backend computes in fp32 alone; bf16x3 and bf16 need the cuda backend");
  }
  const int64_t most = INT32_MAX / shape_.tile;  // that the offsets of SparseRows reach
  if (shape_.padded_d_sae > most || shape_.batch_size > most) {
    throw Error(SAE_ERR_UNAVAILABLE,
                "the cpu backend takes at most " + std::to_string(most) + " latents and as many rows in a batch");
  }
  MemoryPlan plan;
  parameters_.plan(plan, shape_);
  m_.plan(plan, shape_);
  v_.plan(plan, shape_);
  forward_.plan(plan);
  backward_.plan(plan);
  evaluator_.plan(plan);
  plan.add(indices_, shape_.batch_size * shape_.k);
  plan.add(values_, shape_.batch_size * shape_.k);
  plan.allocate("a cpu session of " + std::to_string(shape_.d_sae) + " latents, " + std::to_string(shape_.d_in) +
                " inputs and batches of " + std::to_string(shape_.batch_size) + " rows");
}

Parameters& CpuBackend::tensors_of(sae_state state) {
  switch (state) {
    case SAE_PARAMETERS:
      return parameters_;
    case SAE_ADAM_M:
      return m_;
    case SAE_ADAM_V:
      return v_;
    case SAE_GRADIENTS:
      break;
  }
  if (gradients_.w_enc.size() == 0) {
    MemoryPlan plan;
    gradients_.plan(plan, shape_);
    plan.allocate("storing the gradients");
  }
  return gradients_;
}

void CpuBackend::set_state(sae_state state, const sae_tensors& tensors) {
  tensors_of(state).read(tensors, shape_, pool_);
}

void CpuBackend::get_state(sae_state state, const sae_tensors& tensors) {
  tensors_of(state).write(tensors, shape_, pool_);
}

void CpuBackend::set_data(sae_split split, std::shared_ptr<const Data> data) {
  data_[split] = std::static_pointer_cast<const CpuData>(std::move(data));
}

AdamCoefficients CpuBackend::next_adam() const {
  const double t = static_cast<double>(step_ + 1);
  return {static_cast<float>(1 - config_.beta1),
          static_cast<float>(config_.beta2),
          static_cast<float>(1 - config_.beta2),
          static_cast<float>(config_.lr / (1 - std::pow(config_.beta1, t))),
          static_cast<float>(1 / std::sqrt(1 - std::pow(config_.beta2, t))),
          static_cast<float>(config_.eps)};
}

double CpuBackend::forward_loss(const RowsView& rows) {
  forward_.encode(parameters_, rows, indices_.data(), values_.data());
  const double loss = backward_.decode_loss(parameters_, indices_.data(), values_.data(), rows.n);
  if (!std::isfinite(loss)) {
    char text[160];
    std::snprintf(text, sizeof text,
                  "step %lld: the loss is %g; the parameters are those of the step before: lower the learning rate",
                  static_cast<long long>(step_ + 1), loss);
    throw Error(SAE_ERR_NUMERIC, text);
  }
  return loss;
}

void CpuBackend::train_epoch(const int32_t* order, int64_t rows, double* step_loss) {
  for (int64_t start = 0; start < rows; start += shape_.batch_size) {
    const int64_t n = std::min(shape_.batch_size, rows - start);
    *step_loss++ = forward_loss({data_[SAE_TRAIN]->x(), order + start, n});
    backward_.gradients({nullptr, parameters_, m_, v_, next_adam()});
    ++step_;
  }
}

double CpuBackend::gradients(const float* x, int64_t rows) {
  Parameters& gradients = tensors_of(SAE_GRADIENTS);
  const double loss = forward_loss({x, nullptr, rows});
  backward_.gradients({&gradients, parameters_, m_, v_, {}});
  return loss;
}

void CpuBackend::adam_update() {
  constexpr int64_t kChunk = 16384;
  const Parameters& gradients = tensors_of(SAE_GRADIENTS);
  const ModelUpdate update = {nullptr, parameters_, m_, v_, next_adam()};
  for (Buffer<float> Parameters::* tensor :
       {&Parameters::w_enc, &Parameters::b_enc, &Parameters::w_dec, &Parameters::b_dec}) {
    const Buffer<float>& gradient = gradients.*tensor;
    pool_.run(blocks_of(gradient.size(), kChunk), [&](int64_t item, int) {
      const int64_t first = item * kChunk;
      kernels_.apply(gradient.data() + first, std::min(kChunk, gradient.size() - first), update.sink(tensor, first));
    });
  }
  ++step_;
}

void CpuBackend::evaluate(sae_split split, sae_evaluation& out, int64_t* firing_count) {
  evaluator_.evaluate(parameters_, *data_[split], indices_.data(), values_.data(), out, firing_count);
}

void CpuBackend::select_topk(const float* z, int64_t rows, int32_t* indices, float* values) {
  forward_.select(z, rows, indices, values);
}

void CpuBackend::encode_topk(const float* x, int64_t rows, int32_t* indices, float* values) {
  for (int64_t start = 0; start < rows; start += shape_.batch_size) {
    const int64_t n = std::min(shape_.batch_size, rows - start);
    forward_.encode(parameters_, {x + start * shape_.d_in, nullptr, n}, indices + start * shape_.k,
                    values + start * shape_.k);
  }
}

void CpuBackend::encode_rows(const Data& data, int64_t first, int64_t rows, int32_t* indices, float* values) {
  encode_topk(static_cast<const CpuData&>(data).x() + first * shape_.d_in, rows, indices, values);
}

void CpuBackend::decode_sparse(const int32_t* indices, const float* values, int64_t rows, float* x_hat) {
  for (int64_t start = 0; start < rows; start += shape_.batch_size) {
    const int64_t n = std::min(shape_.batch_size, rows - start);
    forward_.set_selection(indices + start * shape_.k, n);
    pool_.run(shape_.tiles, [&](int64_t tile, int) {
      forward_.decode_tile(parameters_, values + start * shape_.k, n, tile);
      const int64_t column = tile * shape_.tile, width = std::min(shape_.tile, shape_.d_in - column);
      for (int64_t r = 0; r < n; ++r) {
        std::memcpy(x_hat + (start + r) * shape_.d_in + column, forward_.x_hat(tile) + r * shape_.tile,
                    static_cast<size_t>(width) * sizeof(float));
      }
    });
  }
}

}  // namespace sae::cpu

void sae_describe_backend(std::string& text) {
  const sae::cpu::Isa isa = sae::cpu::choose_isa();
  const int cores = sae::cpu::available_cores();
  text = std::string(name(isa)) + ", " + std::to_string(cores) + (cores == 1 ? " core" : " cores");
}

sae::Data* sae_create_data(const float* x, int64_t rows, int32_t d_in, int32_t threads) {
  sae::cpu::ThreadPool pool(threads == 0 ? sae::cpu::available_cores() : threads);
  return new sae::cpu::CpuData(x, rows, d_in, pool);
}

sae::Backend* sae_create_backend(const sae_config& config) { return new sae::cpu::CpuBackend(config); }
