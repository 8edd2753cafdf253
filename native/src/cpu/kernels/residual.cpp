// e = x_hat - x for one tile [rows, tile]: the sum of e^2, in double; g = scale * e in the place of x_hat; and
// g's sums over the rows. 12 bytes an element. The squares are summed in eight lanes, each over its columns of all
// rows.
#include "declarations.h"

namespace sae::cpu::SAE_ISA {

double residual(float* x_hat, const float* x, int64_t rows, float scale, float* column_sum) {
  constexpr int kDoubles = 8;
  double squares[kDoubles] = {};
  float sums[kTile] = {};
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < kTile; c += kDoubles) {
      for (int i = 0; i < kDoubles; ++i) {
        const float e = x_hat[c + i] - x[c + i];
        const float g = scale * e;
        squares[i] += static_cast<double>(e) * e;
        sums[c + i] += g;
        x_hat[c + i] = g;
      }
    }
    x_hat += kTile;
    x += kTile;
  }
  std::memcpy(column_sum, sums, sizeof sums);
  double total = 0;
  for (double lane : squares) total += lane;
  return total;
}

}  // namespace sae::cpu::SAE_ISA
