// The table of this instruction set.
#include "adam.h"
#include "decoder_gradient.h"
#include "encode.h"
#include "error_sums.h"
#include "residual.h"
#include "select_topk.h"
#include "sparse_times_tile.h"
#include "transpose_panel.h"

namespace sae::cpu::SAE_ISA {

const Kernels& kernels() {
  static constexpr Kernels table = {kTile,        kPanel,           kDotLanes,   kEncodeRowBlock,   kEncodeRows,
                                    kSparseBlock, encode,           select_topk, sparse_times_tile, residual,
                                    error_sums,   decoder_gradient, sum_dots,    transpose_panel,   apply};
  return table;
}

}  // namespace sae::cpu::SAE_ISA
