package io.saenative.sae.reference;

import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.sae.Session.Codes;
import io.saenative.tensor.Tensor;
import java.util.Arrays;

/**
 * The forward pass: encoder, selection, decoder.
 *
 * <pre>
 *   u_i     = x_i  or with pre-bias  x_i − b_dec_i
 *   z_j     = b_enc_j + Σ_i W_enc[j, i] u_i
 *   key_j   = |z_j|  (abs)   or   z_j  (relu)
 *   S       = the k indices of largest key; among equal keys the smaller index; +0 equals −0
 *   value_j = z_j  (abs)   or   max(z_j, 0)  (relu)      for j in S, ascending
 *   x̂       = b_dec + Σ_j in S value_j W_dec[j]
 * </pre>
 */
final class Forward {
  /**
   * Rows that share one pass over a matrix, so that a latent's weights are read from memory once
   * for all of them.
   */
  static final int ROW_BLOCK = 16;

  private Forward() {}

  /**
   * The selected latents of some rows: {@link Codes} as flat arrays.
   *
   * @param indices [rows · k], ascending in each row
   * @param values [rows · k]
   */
  record Selected(int[] indices, double[] values) {
    static Selected empty(int rows, int k) {
      return new Selected(
          new int[Math.multiplyExact(rows, k)], new double[Math.multiplyExact(rows, k)]);
    }

    Codes toCodes(int rows, int k) {
      return new Codes(Tensor.of(indices, rows, k), Tensor.of(values, rows, k));
    }
  }

  /** x [rows · d_in] to k latents for each row. */
  static Selected encodeTopK(SaeConfig c, ParameterArrays p, double[] x, int rows) {
    double[] u = encoderInput(c, p, x, rows);
    double[] z = new double[ROW_BLOCK * c.dSae()];
    double[] keys = new double[c.dSae()];
    Selected out = Selected.empty(rows, c.k());
    for (int block = 0; block < rows; block += ROW_BLOCK) {
      int blockRows = Math.min(ROW_BLOCK, rows - block);
      for (int j = 0; j < c.dSae(); j++) {
        for (int r = 0; r < blockRows; r++) {
          z[r * c.dSae() + j] =
              p.bEnc()[j] + Vectors.dot(p.wEnc(), j * c.dIn(), u, (block + r) * c.dIn(), c.dIn());
        }
      }
      for (int r = 0; r < blockRows; r++) {
        selectTopK(c, z, r, keys, out, block + r);
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

  /**
   * Selects from one row of z [rows · d_sae] into one row of {@code out}. The k-th largest key is
   * found by sorting. Every larger key is selected; what remains of k is filled with the keys equal
   * to it, in the order of their indices.
   *
   * @param keys scratch [d_sae]
   */
  static void selectTopK(
      SaeConfig c, double[] z, int zRow, double[] keys, Selected out, int outRow) {
    Selection selection = c.selection();
    int zFrom = zRow * c.dSae();
    for (int j = 0; j < keys.length; j++) {
      keys[j] = key(selection, z[zFrom + j]);
    }
    Arrays.sort(keys);
    double threshold = keys[keys.length - c.k()];
    int equalWanted = c.k();
    for (double key : keys) {
      equalWanted -= key > threshold ? 1 : 0;
    }
    int o = outRow * c.k();
    int end = o + c.k();
    for (int j = 0; o < end; j++) {
      double zj = z[zFrom + j];
      double key = key(selection, zj);
      if (key > threshold || (key == threshold && equalWanted-- > 0)) {
        out.indices()[o] = j;
        out.values()[o] = value(selection, zj);
        o++;
      }
    }
  }

  private static double key(Selection selection, double z) {
    return selection == Selection.ABS ? Math.abs(z) : z;
  }

  private static double value(Selection selection, double z) {
    return selection == Selection.ABS || z > 0 ? z : 0;
  }

  /** x̂ [rows · d_in], each row's latents in the order of their indices. */
  static double[] decodeSparse(SaeConfig c, ParameterArrays p, Selected codes, int rows) {
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
