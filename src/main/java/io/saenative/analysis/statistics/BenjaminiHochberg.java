package io.saenative.analysis.statistics;

import java.util.Arrays;

/**
 * Benjamini and Hochberg's step-up procedure (1995): among the tests it calls significant at level q, the expected share of
 * false ones is at most q.
 */
public final class BenjaminiHochberg {
  private BenjaminiHochberg() {}

  /** The adjusted p of every test: min over p' ≥ p of p' · tests / rank(p'), at most 1. */
  public static double[] adjust(double[] p) {
    double[] sorted = p.clone();
    Arrays.sort(sorted);
    double[] adjusted = new double[sorted.length];
    double least = 1;
    for (int i = sorted.length - 1; i >= 0; i--) {
      least = Math.min(least, sorted[i] * ((double) sorted.length / (i + 1)));
      adjusted[i] = least;
    }
    double[] q = new double[p.length];
    Arrays.setAll(q, i -> adjusted[Arrays.binarySearch(sorted, p[i])]);
    return q;
  }

  /**
   * The largest p whose adjusted p is below q; what is not larger is significant.
   *
   * @param smallP all p below q, in any order; those that are not may be left out, since no adjustment lowers a p
   * @param tests number of all tests, left out or not
   * @return −1 if nothing is significant
   */
  public static double threshold(double[] smallP, long tests, double q) {
    double[] sorted = smallP.clone();
    Arrays.sort(sorted);
    for (int i = sorted.length - 1; i >= 0; i--) {
      if (sorted[i] * ((double) tests / (i + 1)) < q) {
        return sorted[i];
      }
    }
    return -1;
  }
}
