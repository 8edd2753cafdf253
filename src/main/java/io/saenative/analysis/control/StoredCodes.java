package io.saenative.analysis.control;

import io.saenative.analysis.latents.EncodingPass;
import io.saenative.analysis.latents.EncodingPass.ActiveLatents;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.LatentStatistics.SignedLatent;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * On which rows each latent is active, of all rows or of a seeded sample of them where there are
 * too many to keep: what the permutation control runs on. Memory is rows kept × k.
 */
public final class StoredCodes implements EncodingPass.Consumer {
  private final SplittableRandom random;
  private final LatentStatistics statistics;
  private final int[] rows;
  private final RowList[] positive;
  private final RowList[] negative;
  private int toCome;
  private int size;

  /**
   * @param rows number of rows that will pass
   * @param maxRows number of rows to keep if more pass, each set of so many equally likely
   */
  public StoredCodes(int dSae, int rows, int maxRows, long seed) {
    this.rows = new int[Math.min(rows, maxRows)];
    toCome = rows;
    random = new SplittableRandom(seed);
    statistics = new LatentStatistics(dSae);
    positive = rowLists(dSae);
    negative = rowLists(dSae);
  }

  private static RowList[] rowLists(int size) {
    RowList[] lists = new RowList[size];
    Arrays.setAll(lists, i -> new RowList());
    return lists;
  }

  /**
   * Knuth's selection sampling: a row is kept with the chance that the places left bear to the rows
   * left.
   */
  @Override
  public void row(int row, ActiveLatents active) {
    if (random.nextInt(toCome--) >= rows.length - size) {
      return;
    }
    for (int i = 0; i < active.count(); i++) {
      (active.values()[i] > 0 ? positive : negative)[active.latents()[i]].add(size);
    }
    statistics.row(size, active);
    rows[size++] = row;
  }

  /** Of the rows kept. */
  LatentStatistics statistics() {
    return statistics;
  }

  /** Number of rows kept. */
  int size() {
    return size;
  }

  /** The number in the whole set of the i-th row kept. */
  int row(int i) {
    return rows[i];
  }

  /**
   * Those of the rows kept on which the latent is active with the sign, by their place among them,
   * in no order.
   */
  int[] rowsOf(SignedLatent unit) {
    IntStream plus = positive[unit.latent()].stream();
    IntStream minus = negative[unit.latent()].stream();
    IntStream rowsOf =
        switch (unit.sign()) {
          case POSITIVE -> plus;
          case NEGATIVE -> minus;
          case BOTH -> IntStream.concat(plus, minus);
        };
    return rowsOf.toArray();
  }

  private static final class RowList {
    private int[] rows = {};
    private int size;

    void add(int row) {
      if (size == rows.length) {
        rows = Arrays.copyOf(rows, Math.max(4, size + size / 2));
      }
      rows[size++] = row;
    }

    IntStream stream() {
      return Arrays.stream(rows, 0, size);
    }
  }
}
