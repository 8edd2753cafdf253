// The cpu backend: one method for each call of the border.
#pragma once

#include "../backend.h"
#include "backward.h"
#include "evaluation.h"

namespace sae::cpu {

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const sae_config& config);

  void set_state(sae_state state, const sae_tensors& tensors) override;
  void get_state(sae_state state, const sae_tensors& tensors) override;
  void set_step(int64_t step) override { step_ = step; }
  int64_t step() override { return step_; }
  void set_data(sae_split split, std::shared_ptr<const Data> data) override;
  void train_epoch(const int32_t* order, int64_t rows, double* step_loss) override;
  void evaluate(sae_split split, sae_evaluation& out, int64_t* firing_count) override;
  void select_topk(const float* z, int64_t rows, int32_t* indices, float* values) override;
  void encode_topk(const float* x, int64_t rows, int32_t* indices, float* values) override;
  void encode_rows(const Data& data, int64_t first, int64_t rows, int32_t* indices, float* values) override;
  void decode_sparse(const int32_t* indices, const float* values, int64_t rows, float* x_hat) override;
  double gradients(const float* x, int64_t rows) override;
  void adam_update() override;

 private:
  Parameters& tensors_of(sae_state state);
  AdamCoefficients next_adam() const;
  double forward_loss(const RowsView& rows);

  const sae_config config_;
  const Kernels& kernels_;
  const Shape shape_;
  ThreadPool pool_;
  Forward forward_;
  Backward backward_;
  Evaluator evaluator_;
  Parameters parameters_, m_, v_;
  Parameters gradients_;                    // allocated when first asked for: training itself never stores a gradient
  std::shared_ptr<const CpuData> data_[2];  // by sae_split
  Buffer<int32_t> indices_;                 // [batch_size, k]
  Buffer<float> values_;
  int64_t step_ = 0;
};

}  // namespace sae::cpu
