package io.saenative.analysis.latents;

import io.saenative.analysis.latents.Activity.LatentActivity;
import io.saenative.analysis.latents.EncodingPass.ActiveLatents;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How often, how strongly, with which sign and on which rows each latent is active: one streaming
 * pass whose memory depends on d_sae alone.
 */
public final class LatentStatistics implements EncodingPass.Consumer {
  /** The published analysis reads the rows of the 100 largest |value|. */
  public static final int TOP_ROWS = 100;

  private final long @Nullable [] counted;
  private final int[] positive;
  private final int[] negative;
  private final double[] absSum;
  private final TopRows topRows;
  private int rows;

  /** Which activations of a latent are meant. */
  public enum Sign {
    BOTH,
    POSITIVE,
    NEGATIVE
  }

  /**
   * What is tested: a latent, or one sign of it.
   *
   * @param sign both if the latent is tested whole
   */
  public record SignedLatent(int latent, Sign sign) {}

  /** Counts on its own on how many rows each latent is active. */
  public LatentStatistics(int dSae) {
    this(null, dSae);
  }

  /**
   * Takes these counts from an evaluation, so that there is one frequency.
   *
   * @param firingCount {@link io.saenative.sae.Evaluation#firingCount} on the rows that will pass
   */
  public LatentStatistics(long[] firingCount) {
    this(firingCount, firingCount.length);
  }

  private LatentStatistics(long @Nullable [] counted, int dSae) {
    this.counted = counted;
    positive = new int[dSae];
    negative = new int[dSae];
    absSum = new double[dSae];
    topRows = new TopRows(dSae, TOP_ROWS);
  }

  @Override
  public void row(int row, ActiveLatents active) {
    rows = Math.incrementExact(rows);
    for (int i = 0; i < active.count(); i++) {
      int latent = active.latents()[i];
      double value = active.values()[i];
      (value > 0 ? positive : negative)[latent]++;
      absSum[latent] += Math.abs(value);
      topRows.add(latent, row, value);
    }
  }

  public int dSae() {
    return absSum.length;
  }

  /** Number of rows seen. */
  public int rows() {
    return rows;
  }

  /** Rows on which the latent is active. */
  public int firingCount(int latent) {
    return counted == null ? positive[latent] + negative[latent] : Math.toIntExact(counted[latent]);
  }

  /** Rows on which the latent is active with the given sign, counted along the pass. */
  public int firingCount(int latent, Sign sign) {
    return switch (sign) {
      case BOTH -> positive[latent] + negative[latent];
      case POSITIVE -> positive[latent];
      case NEGATIVE -> negative[latent];
    };
  }

  /**
   * A latent active on at least {@code minSupport} rows with <b>each</b> sign is two half-latents;
   * another one that is active on at least {@code minSupport} rows is tested whole; the rest is not
   * tested. Labels play no part in this choice, so it does not bend the p-values.
   */
  public List<SignedLatent> tested(int minSupport) {
    List<SignedLatent> tested = new ArrayList<>();
    for (int latent = 0; latent < dSae(); latent++) {
      if (Math.min(positive[latent], negative[latent]) >= minSupport) {
        tested.add(new SignedLatent(latent, Sign.POSITIVE));
        tested.add(new SignedLatent(latent, Sign.NEGATIVE));
      } else if (positive[latent] + negative[latent] >= minSupport) {
        tested.add(new SignedLatent(latent, Sign.BOTH));
      }
    }
    return tested;
  }

  /** Share of rows on which the latent is active. */
  public double frequency(int latent) {
    return (double) firingCount(latent) / rows;
  }

  /** Mean |value| over <b>all</b> rows, active or not. */
  public double meanMagnitude(int latent) {
    return absSum[latent] / rows;
  }

  /** One for each latent, ascending. */
  public List<LatentActivity> activities() {
    int[] ranking = ranking();
    int[] rank = new int[ranking.length];
    for (int i = 0; i < ranking.length; i++) {
      rank[ranking[i]] = i + 1;
    }
    return IntStream.range(0, dSae())
        .mapToObj(
            latent ->
                new LatentActivity(
                    rank[latent],
                    firingCount(latent),
                    frequency(latent),
                    positive[latent],
                    negative[latent],
                    meanMagnitude(latent)))
        .toList();
  }

  /** Up to {@value #TOP_ROWS} active rows, largest |value| first, ties to the smaller row. */
  public List<TopRows.Entry> topRows(int latent) {
    return topRows.of(latent);
  }

  /** The rows of {@link #topRows} in no order, which is quicker. */
  public IntStream unorderedTopRows(int latent) {
    return topRows.rows(latent);
  }

  /** All latents, most frequent first, ties to the smaller latent: entry i has rank i + 1. */
  public int[] ranking() {
    return IntStream.range(0, dSae())
        .boxed()
        .sorted(Comparator.comparingInt(latent -> -firingCount(latent))) // and stable
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
