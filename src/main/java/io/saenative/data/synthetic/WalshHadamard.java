package io.saenative.data.synthetic;

/**
 * The Walsh–Hadamard transform: an orthogonal basis of dense vectors at n log₂ n additions instead
 * of n².
 */
final class WalshHadamard {
  private WalshHadamard() {}

  /**
   * Replaces x by H x, with H[i][j] = (−1)^popcount(i & j), not normalised: H Hᵀ = n I.
   *
   * @param x its length n is a power of two
   */
  static void transform(float[] x) {
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
