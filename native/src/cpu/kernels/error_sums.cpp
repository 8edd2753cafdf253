// The double sums of an evaluation for one tile [rows, tile], e = x - x_hat: over the rows, for each column, those of
// e - shift and its square; over the columns, for each row, that of e^2. 8 bytes an element. The shift, a typical e
// of the column, keeps the column's variance from being lost as a small difference of two large sums.
#include "declarations.h"

namespace sae::cpu::SAE_ISA {

void error_sums(const float* x_hat, const float* x, int64_t rows, const double* shift, double* deviation,
                double* deviation_squared, double* row_squares) {
  constexpr int kDoubles = 8;
  for (int64_t r = 0; r < rows; ++r) {
    double squares[kDoubles] = {};
    for (int64_t c = 0; c < kTile; c += kDoubles) {
      for (int i = 0; i < kDoubles; ++i) {
        const double e = static_cast<double>(x[c + i]) - static_cast<double>(x_hat[c + i]);
        const double d = e - shift[c + i];
        squares[i] += e * e;
        deviation[c + i] += d;
        deviation_squared[c + i] += d * d;
      }
    }
    double total = 0;
    for (double lane : squares) total += lane;
    row_squares[r] = total;
    x_hat += kTile;
    x += kTile;
  }
}

}  // namespace sae::cpu::SAE_ISA
