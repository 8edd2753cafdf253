#include "forward.h"

#include <algorithm>
#include <cstring>

namespace sae::cpu {
namespace {

constexpr int64_t kDecodeRows = 128;  // decoded together: their entries and sums stay in the second-level cache

}  // namespace

void Forward::plan(MemoryPlan& plan) {
  plan.add(x_, shape_.tiles * tile_stride());
  plan.add(x_hat_, shape_.tiles * tile_stride());
  plan.add(row_start_, shape_.batch_size + 1);
  plan.add(bias_, shape_.padded_d_sae);
  plan.add(z_, pool_.workers() * kernels_.encode_rows * shape_.padded_d_sae);
  plan.add(keys_, pool_.workers() * shape_.d_sae);
  plan.add(cursor_, pool_.workers() * kDecodeRows);
}

void Forward::initialize() {
  for (int64_t r = 0; r <= shape_.batch_size; ++r) row_start_[r] = r * shape_.k;
}

void Forward::gather(const RowsView& rows, int64_t first, int64_t last) {
  for (int64_t r = first; r < last; ++r) {
    const float* row = rows.x + (rows.order == nullptr ? r : rows.order[r]) * shape_.d_in;
    for (int64_t tile = 0; tile < shape_.tiles; ++tile) {
      const int64_t start = tile * shape_.tile, width = std::min(shape_.tile, shape_.d_in - start);
      std::memcpy(x_.data() + tile * tile_stride() + r * shape_.tile, row + start,
                  static_cast<size_t>(width) * sizeof(float));
    }
  }
}

// With pre-bias (x - b_dec) W_enc^T + b_enc = x W_enc^T + (b_enc - W_enc b_dec): only the bias changes.
const float* Forward::encoder_bias(const Parameters& parameters) {
  if (!shape_.pre_bias) return parameters.b_enc.data();
  pool_.run(shape_.padded_d_sae / shape_.panel, [&](int64_t panel, int) {
    const int64_t first = panel * shape_.panel;
    const float* weights = parameters.w_enc.data() + first * shape_.padded_d_in;
    float product[kGroup] = {};
    for (int64_t c = 0; c < shape_.d_in; ++c) {
      for (int64_t j = 0; j < shape_.panel; ++j) product[j] += weights[c * shape_.panel + j] * parameters.b_dec[c];
    }
    for (int64_t j = 0; j < shape_.panel; ++j) bias_[first + j] = parameters.b_enc[first + j] - product[j];
  });
  return bias_.data();
}

void Forward::encode(const Parameters& parameters, const RowsView& rows, int32_t* indices, float* values) {
  const float* bias = encoder_bias(parameters);
  // Whole row blocks in as few items as the kernel allows, as many for each worker, of nearly the same size.
  const int64_t block = kernels_.encode_row_block, blocks = blocks_of(rows.n, block);
  const int64_t least_items = blocks_of(rows.n, kernels_.encode_rows);
  const int64_t items = std::min(blocks, blocks_of(least_items, pool_.workers()) * pool_.workers());
  pool_.run(items, [&](int64_t item, int worker) {
    const int64_t first = item * blocks / items * block, last = std::min(rows.n, (item + 1) * blocks / items * block);
    float* z = z_.data() + worker * kernels_.encode_rows * shape_.padded_d_sae;
    gather(rows, first, last);
    kernels_.encode(x_.data() + first * shape_.tile, tile_stride(), last - first, shape_.padded_d_in,
                    parameters.w_enc.data(), bias, shape_.padded_d_sae, z);
    for (int64_t r = first; r < last; ++r) {
      kernels_.select_topk(z + (r - first) * shape_.padded_d_sae, shape_.d_sae, shape_.k, shape_.relu,
                           keys_.data() + worker * shape_.d_sae, indices + r * shape_.k, values + r * shape_.k);
    }
  });
}

void Forward::select(const float* z, int64_t rows, int32_t* indices, float* values) {
  constexpr int64_t kRowsOfItem = 16;
  pool_.run(blocks_of(rows, kRowsOfItem), [&](int64_t item, int worker) {
    const int64_t last = std::min(rows, (item + 1) * kRowsOfItem);
    for (int64_t r = item * kRowsOfItem; r < last; ++r) {
      kernels_.select_topk(z + r * shape_.d_sae, shape_.d_sae, shape_.k, shape_.relu,
                           keys_.data() + worker * shape_.d_sae, indices + r * shape_.k, values + r * shape_.k);
    }
  });
}

void Forward::decode_tile(const Parameters& parameters, const int32_t* indices, const float* values, int64_t rows,
                          int64_t tile, int worker) {
  for (int64_t first = 0; first < rows; first += kDecodeRows) {
    const int64_t n = std::min(kDecodeRows, rows - first);
    float* out = x_hat(tile) + first * shape_.tile;
    for (int64_t r = 0; r < n; ++r) {
      std::memcpy(out + r * shape_.tile, &parameters.b_dec[tile * shape_.tile],
                  static_cast<size_t>(shape_.tile) * sizeof(float));
    }
    kernels_.sparse_times_tile({row_start_.data() + first, indices, values}, n,
                               parameters.w_dec.data() + tile * shape_.padded_d_sae * shape_.tile, shape_.d_sae,
                               n * shape_.k, out, cursor_.data() + worker * kDecodeRows);
  }
}

}  // namespace sae::cpu
