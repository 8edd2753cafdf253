// out [rows, tile] += A * table, A sparse [rows, table_rows] with ascending columns, table [table_rows, tile]:
// 2 * tile FLOPs an entry. The decoder (A = selected values, table = W_dec) and the encoder's weight gradient
// (A = latent gradients by latent, table = x).
//
// Each multiply-add reads one vector of the table, so the table must come from the first-level cache: it is walked in
// blocks that fit there, for each of which every row adds its entries in the block to sums held in registers. Where
// rows are so sparse that loading and storing the sums would cost more than that saves, several blocks are taken as
// one. A sum runs over its entries in ascending order of columns.
//
// There is no dense product beside it, for all latents or for those active on most rows: neither pays (docs/tried.md).
#include "declarations.h"

namespace sae::cpu::SAE_ISA {
namespace {

constexpr int64_t kEntriesPerVisit = 8;  // that pay for loading and storing the sums
constexpr int64_t kUnrolled = 4;

// Entries entry .. end - 1 of one row.
void add_entries(SparseRows a, int64_t entry, int64_t end, const float* table, float* out) {
  Vec sum[kTileVectors];
#pragma GCC unroll 8
  for (int j = 0; j < kTileVectors; ++j) sum[j] = load(out + j * kLanes);
  const auto add = [&](int64_t i) __attribute__((always_inline)) {
    const float value = a.value[i];
    const float* row = table + a.offset[i];
#pragma GCC unroll 8
    for (int j = 0; j < kTileVectors; ++j) sum[j] += value * load(row + j * kLanes);
  };
  for (; entry + kUnrolled <= end; entry += kUnrolled) {
#pragma GCC unroll 4
    for (int i = 0; i < kUnrolled; ++i) add(entry + i);
  }
  for (; entry < end; ++entry) add(entry);
#pragma GCC unroll 8
  for (int j = 0; j < kTileVectors; ++j) store(out + j * kLanes, sum[j]);
}

}  // namespace

void sparse_times_tile(const SparseRows& a, int64_t rows, int64_t entries, const float* table, float* out) {
  if (entries == 0) return;
  const int64_t visit = 1 + kEntriesPerVisit * rows * a.blocks / entries;  // blocks
  for (int64_t block = 0; block < a.blocks; block += visit) {
    const int64_t* begin = a.begin + block * a.stride;
    const int64_t* end = a.begin + (a.blocks - block < visit ? a.blocks : block + visit) * a.stride;
    for (int64_t r = 0; r < rows; ++r) {
      if (begin[r] < end[r]) add_entries(a, begin[r], end[r], table, out + r * kTile);
    }
  }
}

}  // namespace sae::cpu::SAE_ISA
