// The table of this instruction set.
#include "declarations.h"

namespace sae::cpu::SAE_ISA {

const Kernels& kernels() {
  static constexpr Kernels table = {kTile,        kPanel,           kDotLanes,   kEncodeRowBlock,   kEncodeRows,
                                    kSparseBlock, encode,           select_topk, sparse_times_tile, residual,
                                    error_sums,   decoder_gradient, sum_dots,    transpose_panel,   apply};
  return table;
}

}  // namespace sae::cpu::SAE_ISA
