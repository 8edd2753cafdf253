package io.saenative.analysis.latents;

import java.util.Arrays;

/**
 * Some numbers in brief: how many they are, their range and their quartiles. Quartiles are
 * interpolated linearly between order statistics, as numpy's default.
 */
public record Distribution(
    int count, double min, double lowerQuartile, double median, double upperQuartile, double max) {

  /** Of one number at least, in any order. */
  public static Distribution of(double[] numbers) {
    double[] sorted = numbers.clone();
    Arrays.sort(sorted);
    return new Distribution(
        sorted.length,
        sorted[0],
        quantile(sorted, 0.25),
        quantile(sorted, 0.5),
        quantile(sorted, 0.75),
        sorted[sorted.length - 1]);
  }

  private static double quantile(double[] sorted, double share) {
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
