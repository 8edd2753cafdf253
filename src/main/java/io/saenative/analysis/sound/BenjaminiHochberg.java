package io.saenative.analysis.sound;

import java.util.Arrays;

/**
 * Benjamini and Hochberg's step-up procedure (1995): among the tests it calls significant at level
 * q, the expected share of false ones is at most q.
 */
public final class BenjaminiHochberg {
  private BenjaminiHochberg() {}

  /**
   * The adjusted p of some tests: min over p' ≥ p of p' · tests / rank(p'), at most 1.
   *
   * @param all the p of all tests; overwritten, since they may be too many to be there twice
   * @param some of them
   */
  public static double[] adjust(double[] all, double[] some) {
    Arrays.sort(all);
    int[] at = Arrays.stream(some).mapToInt(p -> Arrays.binarySearch(all, p)).toArray();
    double least = 1;
    for (int i = all.length - 1; i >= 0; i--) {
      least = Math.min(least, all[i] * ((double) all.length / (i + 1)));
      all[i] = least;
    }
    return Arrays.stream(at).mapToDouble(i -> all[i]).toArray();
  }

  /**
   * The largest p whose adjusted p is below q; what is not larger is significant.
   *
   * @param smallP all p below q, in any order; those that are not may be left out, since no
   *     adjustment lowers a p
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
