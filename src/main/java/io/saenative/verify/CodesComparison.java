package io.saenative.verify;

import io.saenative.sae.Session.Codes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares codes with those expected. Where two keys tie, either latent may be selected, and its
 * value is not compared.
 */
final class CodesComparison {
  private final Codes actual;
  private final Codes expected;
  private final double tie;

  private final NormError values = new NormError();
  private final boolean[] same;
  private int swapped;
  private int wrong;
  private String where = "none differs";

  /**
   * @param tie two keys tie if they differ by no more than this share of the largest; 0 allows no
   *     latents to be swapped
   */
  CodesComparison(Codes actual, Codes expected, double tie) {
    this.actual = actual;
    this.expected = expected;
    double[] keys = expected.values().toDoubles();
    this.tie = tie * Arrays.stream(keys).map(Math::abs).max().orElse(0);
    this.same = new boolean[(int) expected.indices().dim(0)];
    for (int r = 0; r < same.length; r++) {
      same[r] = compareRow(r);
    }
  }

  /** Whether the row's latents are those expected. */
  boolean same(int row) {
    return same[row];
  }

  /** Named by what was compared, with {@code prefix} before it. */
  List<Check> checks(String prefix, double tolerance) {
    String place = wrong == 0 && swapped > 0 ? swapped / 2 + " swapped in ties" : where;
    return List.of(
        new Check(prefix + "selected latents", wrong / (2.0 * expected.indices().size()), 0, place),
        values.check(prefix + "selected values", tolerance));
  }

  /** A latent that is selected on one side only must lie at the expected threshold. */
  private boolean compareRow(int r) {
    long k = expected.indices().dim(1);
    Map<Integer, Double> missing = new HashMap<>();
    double threshold = Double.POSITIVE_INFINITY;
    for (long s = r * k; s < (r + 1) * k; s++) {
      missing.put((int) expected.indices().get(s), expected.values().get(s));
      threshold = Math.min(threshold, Math.abs(expected.values().get(s)));
    }
    boolean found = true;
    for (long s = r * k; s < (r + 1) * k; s++) {
      int j = (int) actual.indices().get(s);
      Double value = missing.remove(j);
      if (value != null) {
        values.add(actual.values().get(s), value, r, j);
      } else {
        found = false;
        differs(r, j, actual.values().get(s), threshold);
      }
    }
    for (Map.Entry<Integer, Double> left : missing.entrySet()) {
      differs(r, left.getKey(), left.getValue(), threshold);
    }
    return found;
  }

  private void differs(long row, int latent, double value, double threshold) {
    swapped++;
    boolean tied = tie > 0 && Math.abs(Math.abs(value) - threshold) <= tie;
    if (!tied) {
      wrong++;
      where = "[" + row + ", " + latent + "]";
    }
  }
}
