package io.saenative.sae.reference;

import io.saenative.sae.SaeConfig;

/**
 * Encoder and selection.
 *
 * <pre>
 *   u = x                       or   x − b_dec  (pre-bias)
 *   z_j = b_enc_j + Σ_i W_enc[j, i] u_i
 *   indices, values = selectTopK(z)
 * </pre>
 */
final class EncodeTopK {
  /**
   * Rows that share one pass over W_enc, so that a latent's weights are read from memory once for
   * all of them.
   */
  static final int ROW_BLOCK = 16;

  private EncodeTopK() {}

  /** x [rows · d_in] to k latents for each row. */
  static SelectedLatents encodeTopK(SaeConfig c, ParameterArrays p, double[] x, int rows) {
    double[] u = encoderInput(c, p, x, rows);
    double[] z = new double[ROW_BLOCK * c.dSae()];
    double[] keys = new double[c.dSae()];
    SelectedLatents out = SelectedLatents.empty(rows, c.k());
    for (int block = 0; block < rows; block += ROW_BLOCK) {
      int blockRows = Math.min(ROW_BLOCK, rows - block);
      for (int j = 0; j < c.dSae(); j++) {
        for (int r = 0; r < blockRows; r++) {
          z[r * c.dSae() + j] =
              p.bEnc()[j] + Vectors.dot(p.wEnc(), j * c.dIn(), u, (block + r) * c.dIn(), c.dIn());
        }
      }
      for (int r = 0; r < blockRows; r++) {
        SelectTopK.selectTopK(
            z, r * c.dSae(), c.selection(), c.k(), keys, out, (block + r) * c.k());
      }
    }
    return out;
  }

  /** u [rows · d_in]: what the encoder sees; x itself without pre-bias. */
  static double[] encoderInput(SaeConfig c, ParameterArrays p, double[] x, int rows) {
    if (!c.preBias()) {
      return x;
    }
    double[] u = x.clone();
    for (int r = 0; r < rows; r++) {
      Vectors.addScaled(-1, p.bDec(), 0, u, r * c.dIn(), c.dIn());
    }
    return u;
  }
}
