package io.saenative.sae.reference;

import io.saenative.sae.Selection;
import java.util.Arrays;

/**
 * The k active latents of a row of pre-activations z.
 *
 * <pre>
 *   key_j = |z_j|  (abs)   or   z_j  (relu)
 *   S     = the k indices of largest key; among equal keys the smaller index; +0 equals −0
 *   value_j = z_j  (abs)   or   max(z_j, 0)  (relu)      for j in S, ascending
 * </pre>
 *
 * The k-th largest key is found by sorting. Every larger key is in S; what remains of k is filled
 * with the keys equal to it, in the order of their indices.
 */
final class SelectTopK {
  private SelectTopK() {}

  /**
   * Selects from z[zFrom .. zFrom + dSae) into positions [outFrom, outFrom + k) of {@code out}.
   *
   * @param keys scratch [dSae]
   */
  static void selectTopK(
      double[] z,
      int zFrom,
      Selection selection,
      int k,
      double[] keys,
      SelectedLatents out,
      int outFrom) {
    int dSae = keys.length;
    for (int j = 0; j < dSae; j++) {
      keys[j] = key(selection, z[zFrom + j]);
    }
    Arrays.sort(keys);
    double threshold = keys[dSae - k];
    int equalWanted = k;
    for (double key : keys) {
      equalWanted -= key > threshold ? 1 : 0;
    }
    int o = outFrom;
    for (int j = 0; o < outFrom + k; j++) {
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
}
