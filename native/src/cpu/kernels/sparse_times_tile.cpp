// out [rows, tile] += A * table, A sparse [rows, table_rows] with ascending columns, table [table_rows, tile]:
// 2 * tile FLOPs an entry. The decoder (A = selected values, table = W_dec) and the encoder's weight gradient
// (A = latent gradients by latent, table = x).
//
// Each multiply-add reads one vector of the table, so the table must come from the first-level cache: it is walked in
// blocks that fit there, for each of which every row adds its entries in the block to sums held in registers. Where
// rows are so sparse that loading and storing the sums would cost more than that saves, blocks are longer.
// A sum runs over its entries in ascending order of columns.
//
// There is no dense product beside it: at the encoder's GFLOP/s one takes longer until two thirds (Zen 3, AVX2) or four fifths
// (Zen 4, AVX-512) of all entries are present, and this takes at most 1.4 times as long when all are (K = d_sae).
#include "sparse_times_tile.h"

namespace sae::cpu::SAE_ISA {
namespace {

constexpr int64_t kBlockInCache = kLanes == 16 ? 64 : 96;  // table rows that stay in a first-level cache of 32 KiB
constexpr int64_t kEntriesPerVisit = 8;  // that pay for loading and storing the sums
constexpr int64_t kUnrolled = 4;

int64_t add_entries(SparseRows a, int64_t entry, int64_t end, int64_t column_end, const float* table, float* out) {
  Vec sum[kTileVectors];
#pragma GCC unroll 8
  for (int j = 0; j < kTileVectors; ++j) sum[j] = load(out + j * kLanes);
  const auto add = [&](int64_t i) __attribute__((always_inline)) {
    const float value = a.value[i];
    const float* row = table + a.column[i] * kTile;
#pragma GCC unroll 8
    for (int j = 0; j < kTileVectors; ++j) sum[j] += value * load(row + j * kLanes);
  };
  for (; entry + kUnrolled <= end && a.column[entry + kUnrolled - 1] < column_end; entry += kUnrolled) {
#pragma GCC unroll 4
    for (int i = 0; i < kUnrolled; ++i) add(entry + i);
  }
  for (; entry < end && a.column[entry] < column_end; ++entry) add(entry);
#pragma GCC unroll 8
  for (int j = 0; j < kTileVectors; ++j) store(out + j * kLanes, sum[j]);
  return entry;
}

}  // namespace

void sparse_times_tile(const SparseRows& a, int64_t rows, const float* table, int64_t table_rows, int64_t entries,
                       float* out, int64_t* cursor) {
  if (entries == 0) return;
  const int64_t for_visits = table_rows * rows * kEntriesPerVisit / entries;
  const int64_t block = for_visits > kBlockInCache ? for_visits : kBlockInCache;
  for (int64_t r = 0; r < rows; ++r) cursor[r] = a.start[r];
  for (int64_t column_end = block; column_end < table_rows + block; column_end += block) {
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t entry = cursor[r], end = a.start[r + 1];
      if (entry == end || a.column[entry] >= column_end) continue;
      cursor[r] = add_entries(a, entry, end, column_end, table, out + r * kTile);
    }
  }
}

}  // namespace sae::cpu::SAE_ISA
