package io.saenative.analysis.latents;

import io.saenative.analysis.latents.LatentStatistics.Sign;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How the latents of one SAE are active on one set of rows.
 *
 * @param frequency of all latents, dead ones included
 * @param window ranks that the published tables look at
 * @param frequencyInWindow of the latents whose ranks lie in the window and that are active at all;
 *     null if there is none
 * @param density all latents by frequency
 * @param dead latents active on no row
 */
public record Activity(
    Distribution frequency,
    RankWindow window,
    @Nullable Distribution frequencyInWindow,
    DensityHistogram density,
    SignBalance signBalance,
    DeadLatents dead) {

  /**
   * @param dead by {@link DeadLatents#of}, of the same rows and of the training rows
   */
  public static Activity of(LatentStatistics statistics, RankWindow window, DeadLatents dead) {
    IntStream all = IntStream.range(0, statistics.dSae());
    DoubleStream ofWindow = window.of(statistics.ranking()).mapToDouble(statistics::frequency);
    double[] inWindow = ofWindow.filter(frequency -> frequency > 0).toArray();
    return new Activity(
        Distribution.of(all.mapToDouble(statistics::frequency).toArray()),
        window,
        inWindow.length == 0 ? null : Distribution.of(inWindow),
        DensityHistogram.of(statistics),
        SignBalance.of(statistics),
        dead);
  }

  /**
   * How one latent is active.
   *
   * @param rank by frequency, from 1
   * @param count rows on which it is active
   * @param frequency count / rows
   * @param positive rows on which its value is above 0
   * @param negative rows on which its value is below 0
   * @param meanMagnitude mean |value| over all rows, active or not
   */
  public record LatentActivity(
      int rank, int count, double frequency, int positive, int negative, double meanMagnitude) {}

  /**
   * Latents active on no row of a set, ascending.
   *
   * @param train null if there are no training rows at hand
   * @param both on no row of either set; null if there are no training rows at hand
   */
  public record DeadLatents(
      @Nullable List<Integer> train, List<Integer> validation, @Nullable List<Integer> both) {
    /**
     * @param train training rows on which each latent is active, [d_sae]; null if not known
     * @param validation rows analysed on which each latent is active, [d_sae]
     */
    public static DeadLatents of(long @Nullable [] train, long[] validation) {
      List<Integer> dead = dead(validation);
      if (train == null) {
        return new DeadLatents(null, dead, null);
      }
      List<Integer> both = dead.stream().filter(latent -> train[latent] == 0).toList();
      return new DeadLatents(dead(train), dead, both);
    }

    private static List<Integer> dead(long[] firingCount) {
      return IntStream.range(0, firingCount.length)
          .filter(latent -> firingCount[latent] == 0)
          .boxed()
          .toList();
    }
  }

  /**
   * How latents use their sign.
   *
   * @param alwaysPositive latents whose every activation is positive
   * @param alwaysNegative latents whose every activation is negative
   * @param mixed latents active with both signs
   * @param positiveShare share of positive ones among all activations of all latents; 0 if there
   *     are none
   */
  public record SignBalance(
      int alwaysPositive, int alwaysNegative, int mixed, double positiveShare) {
    static SignBalance of(LatentStatistics statistics) {
      int alwaysPositive = 0;
      int alwaysNegative = 0;
      int mixed = 0;
      long positive = 0;
      long active = 0;
      for (int latent = 0; latent < statistics.dSae(); latent++) {
        int up = statistics.firingCount(latent, Sign.POSITIVE);
        int down = statistics.firingCount(latent, Sign.NEGATIVE);
        alwaysPositive += up > 0 && down == 0 ? 1 : 0;
        alwaysNegative += down > 0 && up == 0 ? 1 : 0;
        mixed += up > 0 && down > 0 ? 1 : 0;
        positive += up;
        active += up + down;
      }
      return new SignBalance(
          alwaysPositive, alwaysNegative, mixed, active == 0 ? 0 : (double) positive / active);
    }
  }

  /**
   * Latents by frequency, on a logarithmic axis that ends at 1 and reaches down to one row in all.
   *
   * @param edges ascending, one more than bins: bin i holds frequencies from edge i (inclusive) to
   *     edge i + 1 (exclusive; the last bin inclusive)
   * @param counts latents in each bin
   * @param dead latents active on no row, in no bin
   */
  public record DensityHistogram(List<Double> edges, List<Integer> counts, int dead) {
    private static final int BINS_PER_DECADE = 5;

    static DensityHistogram of(LatentStatistics statistics) {
      int bins =
          Math.max(1, (int) Math.ceil(BINS_PER_DECADE * Math.log10(statistics.rows()) - 1e-9));
      double[] edges =
          IntStream.rangeClosed(0, bins)
              .mapToDouble(i -> Math.pow(10, (double) (i - bins) / BINS_PER_DECADE))
              .toArray();
      int[] counts = new int[bins];
      int dead = 0;
      for (int latent = 0; latent < statistics.dSae(); latent++) {
        double frequency = statistics.frequency(latent);
        if (frequency == 0) {
          dead++;
        } else {
          int at = Arrays.binarySearch(edges, frequency);
          counts[Math.clamp(at < 0 ? -at - 2 : at, 0, bins - 1)]++;
        }
      }
      return new DensityHistogram(
          Arrays.stream(edges).boxed().toList(), Arrays.stream(counts).boxed().toList(), dead);
    }
  }
}
