package io.saenative.sae.reference;

import io.saenative.sae.Codes;
import io.saenative.tensor.Tensor;

/**
 * {@link Codes} as flat arrays.
 *
 * @param indices [rows · k], ascending in each row
 * @param values [rows · k]
 */
record SelectedLatents(int[] indices, double[] values) {

  static SelectedLatents empty(int rows, int k) {
    return new SelectedLatents(
        new int[Math.multiplyExact(rows, k)], new double[Math.multiplyExact(rows, k)]);
  }

  Codes toCodes(int rows, int k) {
    return new Codes(Tensor.of(indices, rows, k), Tensor.of(values, rows, k));
  }
}
