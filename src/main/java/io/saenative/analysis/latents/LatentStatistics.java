package io.saenative.analysis.latents;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How often, how strongly, with which sign and on which rows each latent is active: one streaming
 * pass whose memory depends on d_sae alone.
 */
public final class LatentStatistics implements CodesConsumer {
  /** The published analysis reads the rows of the 100 largest |value|. */
  public static final int TOP_ROWS = 100;

  private final int[] positive;
  private final int[] negative;
  private final double[] absSum;
  private final TopRows topRows;
  private int rows;

  public LatentStatistics(int dSae) {
    this(dSae, TOP_ROWS);
  }

  private LatentStatistics(int dSae, int rowsToKeep) {
    positive = new int[dSae];
    negative = new int[dSae];
    absSum = new double[dSae];
    topRows = new TopRows(dSae, rowsToKeep);
  }

  /** Without the top rows. */
  public static LatentStatistics withoutTopRows(int dSae) {
    return new LatentStatistics(dSae, 0);
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
    return positive[latent] + negative[latent];
  }

  /** Rows on which the latent is active with the given sign. */
  public int firingCount(int latent, Sign sign) {
    return switch (sign) {
      case BOTH -> firingCount(latent);
      case POSITIVE -> positive[latent];
      case NEGATIVE -> negative[latent];
    };
  }

  /** Share of rows on which the latent is active. */
  public double frequency(int latent) {
    return (double) firingCount(latent) / rows;
  }

  /** Mean |value| over <b>all</b> rows, active or not. */
  public double meanMagnitude(int latent) {
    return absSum[latent] / rows;
  }

  /** Up to {@value #TOP_ROWS} active rows, largest |value| first, ties to the smaller row. */
  public List<TopRows.Entry> topRows(int latent) {
    return topRows.of(latent);
  }

  /** The same rows in no order, which is quicker. */
  public IntStream unorderedTopRows(int latent) {
    return topRows.rows(latent);
  }

  /** All latents, most frequent first, ties to the smaller latent: entry i has rank i + 1. */
  public int[] ranking() {
    return IntStream.range(0, dSae())
        .boxed()
        .sorted(
            Comparator.comparingInt((Integer latent) -> -firingCount(latent))
                .thenComparing(Comparator.naturalOrder()))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
