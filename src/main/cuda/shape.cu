// shape.cu: what follows from a shape alone: strides, and whether the gather kernels are used.

#include "common.cuh"
#include "kernels.cuh"

namespace sae {

Shape make_shape(int d_in, int d_sae, int k, bool relu, bool pre_bias) {
  return {d_in, d_sae, k, div_up(d_in, 4) * 4, div_up(d_sae, 4) * 4, div_up(d_sae, 32), relu, pre_bias};
}

// A dense fp32 product does 2 rows d_in d_sae FLOP whatever k is; a gather loads rows k d_in floats. With 45 TFLOP/s of
// FMAs against 4 to 9 TB/s of gathers they meet at k / d_sae of 4 % (W_dec in HBM) to 11 % (in L2): an estimate, not
// measured. The lower bound is taken: the gather kernels are the simpler ones.
bool gathers(const Shape& shape) { return 25 * static_cast<int64_t>(shape.k) <= shape.d_sae; }

}  // namespace sae
