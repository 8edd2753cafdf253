package io.saenative.data.synthetic;

import io.saenative.data.SplitMix64;

/**
 * How a row is made from what is present on it:
 *
 * <pre>
 *   x = mean + S H diag(σ) g + Σ over present j of strength · direction_j
 * </pre>
 *
 * with g standard normal, H the orthonormal Walsh–Hadamard basis and S random signs. σ_i² =
 * d·B·i^−α / Σ i^−α + N: a power law on top of white noise, which is the same in every basis.
 * Strengths are drawn anew for each row, from a Gamma(4) times {@link #STRENGTH}: always above 0,
 * so a direction is never present with the opposite sign. The constants are calibrated against the
 * published explained variances: docs/synthetic-data.md.
 */
final class ActivationModel {
  /**
   * Variances per element: of the mean vector over its elements, of the background (B), of the
   * noise (N).
   */
  static final double MEAN = 0.179;

  static final double BACKGROUND = 0.154;
  static final double NOISE = 0.0243;

  /** Exponent of the background's spectrum (α). */
  private static final double EXPONENT = 1.5;

  /** Scale of the strengths; their mean is four times as much. */
  static final double STRENGTH = 0.52;

  private final float[] mean;
  private final float[] deviations;
  private final float[] signs;
  private final float[][] directions;

  /** Draws mean, signs and {@code count} directions of dIn, a power of two, elements. */
  ActivationModel(int dIn, int count, SplitMix64 random) {
    deviations = deviations(dIn);
    mean = normals(dIn, random);
    scale(mean, Math.sqrt(MEAN));
    signs = new float[dIn];
    for (int i = 0; i < dIn; i++) {
      signs[i] = random.nextInt(2) == 0 ? 1 : -1;
    }
    directions = new float[count][];
    for (int j = 0; j < count; j++) {
      directions[j] = unitVector(dIn, random);
    }
  }

  float[] direction(int j) {
    return directions[j];
  }

  /** Fills x with a row on which the directions marked in {@code present} are present. */
  void row(boolean[] present, SplitMix64 random, float[] x) {
    background(random, x);
    addPlanted(present, random, x);
  }

  private void background(SplitMix64 random, float[] x) {
    drawSpectrum(random, x);
    walshHadamard(x);
    for (int i = 0; i < x.length; i++) {
      x[i] = mean[i] + signs[i] * x[i];
    }
  }

  private void drawSpectrum(SplitMix64 random, float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = deviations[i] * random.nextNormal();
    }
  }

  private void addPlanted(boolean[] present, SplitMix64 random, float[] x) {
    for (int j = 0; j < directions.length; j++) {
      if (present[j]) {
        add((float) (STRENGTH * random.nextGamma4()), directions[j], x);
      }
    }
  }

  private static void add(float strength, float[] direction, float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] += strength * direction[i];
    }
  }

  /** σ / √d, which makes the transform orthonormal. */
  private static float[] deviations(int dIn) {
    double[] power = new double[dIn];
    double sum = 0;
    for (int i = 0; i < dIn; i++) {
      power[i] = StrictMath.pow(i + 1, -EXPONENT);
      sum += power[i];
    }
    float[] deviations = new float[dIn];
    for (int i = 0; i < dIn; i++) {
      deviations[i] = (float) Math.sqrt(BACKGROUND * power[i] / sum + NOISE / dIn);
    }
    return deviations;
  }

  private static float[] unitVector(int dIn, SplitMix64 random) {
    float[] v = normals(dIn, random);
    double squared = 0;
    for (float e : v) {
      squared += (double) e * e;
    }
    scale(v, 1 / Math.sqrt(squared));
    return v;
  }

  private static float[] normals(int dIn, SplitMix64 random) {
    float[] v = new float[dIn];
    for (int i = 0; i < dIn; i++) {
      v[i] = random.nextNormal();
    }
    return v;
  }

  private static void scale(float[] v, double factor) {
    for (int i = 0; i < v.length; i++) {
      v[i] = (float) (v[i] * factor);
    }
  }

  /**
   * Replaces x by H x, with H[i][j] = (−1)^popcount(i & j), not normalised: H Hᵀ = n I. An
   * orthogonal basis of dense vectors at n log₂ n additions instead of n².
   *
   * @param x its length n is a power of two
   */
  static void walshHadamard(float[] x) {
    for (int half = 1; half < x.length; half *= 2) {
      for (int block = 0; block < x.length; block += 2 * half) {
        butterflies(x, block, half);
      }
    }
  }

  private static void butterflies(float[] x, int from, int half) {
    for (int i = from; i < from + half; i++) {
      float a = x[i];
      float b = x[i + half];
      x[i] = a + b;
      x[i + half] = a - b;
    }
  }
}
