package io.saenative.analysis.latents;

import io.saenative.sae.Codes;
import io.saenative.tensor.Tensor;
import java.util.Arrays;

/**
 * The active latents of one row: those selected whose value is not 0.
 *
 * @param latents ascending
 * @param values signed, one for each latent
 */
public record ActiveLatents(int[] latents, double[] values) {
  /** Those of row {@code row} of some codes. */
  static ActiveLatents of(Codes codes, int row) {
    Tensor indices = codes.indices();
    int k = Math.toIntExact(indices.dim(1));
    int[] latents = new int[k];
    double[] values = new double[k];
    int active = 0;
    for (long i = (long) row * k, end = i + k; i < end; i++) {
      double value = codes.values().get(i);
      if (value != 0) {
        latents[active] = (int) indices.get(i);
        values[active++] = value;
      }
    }
    return new ActiveLatents(Arrays.copyOf(latents, active), Arrays.copyOf(values, active));
  }

  public int count() {
    return latents.length;
  }
}
