#include "forward.h"

#include <algorithm>
#include <cstring>

namespace sae::cpu {

void Forward::plan(MemoryPlan& plan) {
  plan.add(x_, shape_.tiles * tile_stride());
  plan.add(x_hat_, shape_.tiles * tile_stride());
  plan.add(begin_, (blocks_of(shape_.d_sae, shape_.sparse_block) + 1) * shape_.batch_size);
  plan.add(offset_, shape_.batch_size * shape_.k);
  plan.add(bias_, shape_.padded_d_sae);
  plan.add(z_, pool_.workers() * kernels_.encode_rows * shape_.padded_d_sae);
  plan.add(keys_, pool_.workers() * shape_.d_sae);
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
      find_blocks(indices, r);
    }
  });
}

void Forward::find_blocks(const int32_t* indices, int64_t row) {
  const int64_t blocks = blocks_of(shape_.d_sae, shape_.sparse_block), end = (row + 1) * shape_.k;
  int64_t entry = row * shape_.k;
  for (int64_t i = entry; i < end; ++i) offset_[i] = static_cast<int32_t>(indices[i] * shape_.tile);
  for (int64_t block = 0; block < blocks; ++block) {
    begin_[block * shape_.batch_size + row] = entry;
    while (entry < end && indices[entry] < (block + 1) * shape_.sparse_block) ++entry;
  }
  begin_[blocks * shape_.batch_size + row] = end;
}

void Forward::set_selection(const int32_t* indices, int64_t rows) {
  for (int64_t r = 0; r < rows; ++r) find_blocks(indices, r);
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

void Forward::decode_tile(const Parameters& parameters, const float* values, int64_t rows, int64_t tile) {
  float* out = x_hat(tile);
  for (int64_t r = 0; r < rows; ++r) {
    std::memcpy(out + r * shape_.tile, &parameters.b_dec[tile * shape_.tile],
                static_cast<size_t>(shape_.tile) * sizeof(float));
  }
  const SparseRows selection = {begin_.data(), shape_.batch_size, blocks_of(shape_.d_sae, shape_.sparse_block),
                                offset_.data(), values};
  kernels_.sparse_times_tile(selection, rows, rows * shape_.k,
                             parameters.w_dec.data() + tile * shape_.padded_d_sae * shape_.tile, out);
}

}  // namespace sae::cpu
