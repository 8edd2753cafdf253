package io.saenative.analysis.sound;

/** A 95 % confidence interval. */
public record Interval(double low, double high) {
  /** The 97.5th percentile of the standard normal distribution. */
  static final double Z95 = 1.959963984540054;

  /** Wilson's score interval for a share of {@code successes} in {@code trials}, at least 1. */
  public static Interval wilson(long successes, long trials) {
    double share = (double) successes / trials;
    double z2 = Z95 * Z95;
    double centre = (share + z2 / (2.0 * trials)) / (1 + z2 / trials);
    double half =
        Z95
            / (1 + z2 / trials)
            * Math.sqrt(share * (1 - share) / trials + z2 / (4.0 * trials * trials));
    return new Interval(Math.max(0, centre - half), Math.min(1, centre + half));
  }
}
