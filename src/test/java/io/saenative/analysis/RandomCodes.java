package io.saenative.analysis;

import io.saenative.sae.Session.Codes;
import io.saenative.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Codes that owe nothing to any label: latents of widely different frequency and both signs. */
public final class RandomCodes {
  private RandomCodes() {}

  /** k latents a row; latent j is drawn the more rarely the larger j. */
  public static Codes of(int rows, int dSae, int k, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] indices = new int[rows * k];
    double[] values = new double[rows * k];
    for (int row = 0; row < rows; row++) {
      double[] key = new double[dSae];
      Arrays.setAll(key, j -> Math.log(random.nextDouble()) / Math.exp(-4.0 * j / dSae));
      int[] chosen =
          IntStream.range(0, dSae)
              .boxed()
              .sorted((a, b) -> Double.compare(key[b], key[a]))
              .limit(k)
              .mapToInt(Integer::intValue)
              .sorted()
              .toArray();
      for (int i = 0; i < k; i++) {
        indices[row * k + i] = chosen[i];
        double sign = random.nextDouble() < (chosen[i] % 4) / 3.0 ? -1 : 1;
        values[row * k + i] = sign * (0.01 + random.nextDouble());
      }
    }
    return new Codes(Tensor.of(indices, rows, k), Tensor.of(values, rows, k));
  }
}
