package io.saenative.analysis.control;

import io.saenative.analysis.ActiveLatents;
import io.saenative.analysis.CodesConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The codes of all rows, or of a seeded sample of them where there are too many to keep: what the permutation control runs
 * on. Memory is rows kept × k.
 */
public final class StoredCodes implements CodesConsumer {
  private final int dSae;
  private final SplittableRandom random;
  private final List<Integer> rows = new ArrayList<>();
  private final List<ActiveLatents> codes = new ArrayList<>();
  private int toCome;
  private int toKeep;

  /**
   * @param rows number of rows that will pass
   * @param maxRows number of rows to keep if more pass, each set of so many equally likely
   */
  public StoredCodes(int dSae, int rows, int maxRows, long seed) {
    this.dSae = dSae;
    toCome = rows;
    toKeep = Math.min(rows, maxRows);
    random = new SplittableRandom(seed);
  }

  /** Knuth's selection sampling: a row is kept with the chance that the places left bear to the rows left. */
  @Override
  public void row(int row, ActiveLatents active) {
    if (random.nextInt(toCome--) < toKeep) {
      toKeep--;
      rows.add(row);
      codes.add(active);
    }
  }

  int dSae() {
    return dSae;
  }

  /** Number of rows kept. */
  int size() {
    return codes.size();
  }

  /** The number in the whole set of the i-th row kept. */
  int row(int i) {
    return rows.get(i);
  }

  ActiveLatents codes(int i) {
    return codes.get(i);
  }
}
