package io.saenative.sae.reference;

import io.saenative.sae.SaeConfig;

/**
 * Decoder: x̂ = b_dec + Σ value · W_dec[index] over the row's selected latents, in ascending order
 * of the index.
 */
final class DecodeSparse {
  private DecodeSparse() {}

  /** x̂ [rows · d_in]. */
  static double[] decodeSparse(SaeConfig c, ParameterArrays p, SelectedLatents codes, int rows) {
    double[] xHat = new double[Math.multiplyExact(rows, c.dIn())];
    for (int r = 0; r < rows; r++) {
      int row = r * c.dIn();
      System.arraycopy(p.bDec(), 0, xHat, row, c.dIn());
      for (int s = r * c.k(); s < (r + 1) * c.k(); s++) {
        Vectors.addScaled(
            codes.values()[s], p.wDec(), codes.indices()[s] * c.dIn(), xHat, row, c.dIn());
      }
    }
    return xHat;
  }
}
