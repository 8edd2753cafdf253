package io.saenative.sae.reference;

/** The two loops everything else is made of, over slices of flat row-major arrays. */
final class Vectors {
  private Vectors() {}

  /**
   * Σ_i a[aFrom + i] · b[bFrom + i] for i &lt; n, in four interleaved partial sums: a single one
   * would wait for every addition to finish before the next begins.
   */
  static double dot(double[] a, int aFrom, double[] b, int bFrom, int n) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 3 < n; i += 4) {
      s0 += a[aFrom + i] * b[bFrom + i];
      s1 += a[aFrom + i + 1] * b[bFrom + i + 1];
      s2 += a[aFrom + i + 2] * b[bFrom + i + 2];
      s3 += a[aFrom + i + 3] * b[bFrom + i + 3];
    }
    for (; i < n; i++) {
      s0 += a[aFrom + i] * b[bFrom + i];
    }
    return (s0 + s1) + (s2 + s3);
  }

  /** y[yFrom + i] += factor · x[xFrom + i] for i &lt; n. */
  static void addScaled(double factor, double[] x, int xFrom, double[] y, int yFrom, int n) {
    for (int i = 0; i < n; i++) {
      y[yFrom + i] += factor * x[xFrom + i];
    }
  }
}
