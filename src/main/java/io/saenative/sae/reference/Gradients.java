package io.saenative.sae.reference;

import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;

/**
 * Loss of a batch of n rows and its gradient. Only selected latents carry a gradient; the selection
 * itself is held fixed, as automatic differentiation holds it.
 *
 * <pre>
 *   e = x̂ − x,    loss = Σ e² / (n · d_in),    g = 2 e / (n · d_in)                      [n, d_in]
 *   dW_dec[j] = Σ_rows value_j g
 *   dz_j      = g · W_dec[j]  for selected j  (relu: only where z_j > 0), else 0         [n, d_sae]
 *   dW_enc[j] = Σ_rows dz_j u,    db_enc_j = Σ_rows dz_j        u = x, or x − b_dec with pre-bias
 *   db_dec    = Σ_rows g,  and with pre-bias  − Σ_rows W_encᵀ dz = − Σ_j db_enc_j W_enc[j]
 * </pre>
 */
final class Gradients {
  private Gradients() {}

  /**
   * Overwrites {@code gradient}.
   *
   * @param x [rows · d_in]
   * @return the loss
   */
  static double gradients(
      SaeConfig c, ParameterArrays p, double[] x, int rows, ParameterArrays gradient) {
    Forward.Selected codes = Forward.encodeTopK(c, p, x, rows);
    double[] g = Forward.decodeSparse(c, p, codes, rows);
    double elements = (double) rows * c.dIn();
    double squares = 0;
    for (int i = 0; i < g.length; i++) {
      double e = g[i] - x[i];
      squares += e * e;
      g[i] = 2 * e / elements;
    }

    gradient.clear();
    latentGradients(c, p, Forward.encoderInput(c, p, x, rows), rows, codes, g, gradient);
    for (int r = 0; r < rows; r++) {
      Vectors.addScaled(1, g, r * c.dIn(), gradient.bDec(), 0, c.dIn());
    }
    if (c.preBias()) {
      for (int j = 0; j < c.dSae(); j++) {
        Vectors.addScaled(-gradient.bEnc()[j], p.wEnc(), j * c.dIn(), gradient.bDec(), 0, c.dIn());
      }
    }
    return squares / elements;
  }

  /**
   * dW_dec, dW_enc and db_enc. A block of rows walks the latents together, each row with a cursor
   * into its ascending indices, so that a latent's weights and gradients are read from memory once
   * for the block.
   */
  private static void latentGradients(
      SaeConfig c,
      ParameterArrays p,
      double[] u,
      int rows,
      Forward.Selected codes,
      double[] g,
      ParameterArrays gradient) {
    int d = c.dIn();
    int[] cursor = new int[Forward.ROW_BLOCK];
    for (int block = 0; block < rows; block += Forward.ROW_BLOCK) {
      int blockRows = Math.min(Forward.ROW_BLOCK, rows - block);
      for (int r = 0; r < blockRows; r++) {
        cursor[r] = (block + r) * c.k();
      }
      for (int j = 0; j < c.dSae(); j++) {
        for (int r = 0; r < blockRows; r++) {
          int s = cursor[r];
          if (s == (block + r + 1) * c.k() || codes.indices()[s] != j) {
            continue;
          }
          cursor[r]++;
          double value = codes.values()[s];
          if (c.selection() == Selection.RELU && value == 0) {
            continue;
          }
          int row = (block + r) * d;
          double dz = Vectors.dot(g, row, p.wDec(), j * d, d);
          Vectors.addScaled(value, g, row, gradient.wDec(), j * d, d);
          Vectors.addScaled(dz, u, row, gradient.wEnc(), j * d, d);
          gradient.bEnc()[j] += dz;
        }
      }
    }
  }
}
