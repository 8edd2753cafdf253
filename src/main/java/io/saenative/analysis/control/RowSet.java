package io.saenative.analysis.control;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Some of the rows: as a list or, where that is smaller, as a bit for each row there is. */
final class RowSet {
  private final int size;
  private final int[] list; // none where there are bits
  private final long @Nullable [] bits;

  /** Takes {@code rows} in any order, each once. */
  RowSet(int[] rows, int ofRows) {
    size = rows.length;
    boolean dense = (long) size * Integer.SIZE > ofRows;
    list = dense ? new int[0] : rows;
    bits = dense ? bits(rows, ofRows) : null;
  }

  /** Which concepts hold on which rows, by row and by concept. */
  static final class Occurrences {
    private final int[][] ofRow;
    private final long[][] rowsOf;

    /**
     * @param ofRow numbers of the concepts that hold on each row, ascending
     * @param concepts number of all concepts
     */
    Occurrences(int[][] ofRow, int concepts) {
      this.ofRow = ofRow;
      rowsOf = new long[concepts][words(ofRow.length)];
      for (int row = 0; row < ofRow.length; row++) {
        for (int concept : ofRow[row]) {
          set(rowsOf[concept], row);
        }
      }
    }
  }

  int size() {
    return size;
  }

  /** On how many of these rows each of the first {@code n} concepts holds. */
  void count(Occurrences concepts, int n, int[] count) {
    if (bits == null) {
      countInList(concepts.ofRow, n, count);
      return;
    }
    for (int concept = 0; concept < n; concept++) {
      count[concept] = common(bits, concepts.rowsOf[concept]);
    }
  }

  private void countInList(int[][] ofRow, int n, int[] count) {
    Arrays.fill(count, 0, n, 0);
    if (n == 0) {
      return;
    }
    for (int row : list) {
      for (int concept : ofRow[row]) {
        if (concept >= n) {
          break;
        }
        count[concept]++;
      }
    }
  }

  private static long[] bits(int[] rows, int ofRows) {
    long[] bits = new long[words(ofRows)];
    for (int row : rows) {
      set(bits, row);
    }
    return bits;
  }

  private static int common(long[] a, long[] b) {
    int common = 0;
    for (int i = 0; i < a.length; i++) {
      common += Long.bitCount(a[i] & b[i]);
    }
    return common;
  }

  private static int words(int rows) {
    return Math.ceilDiv(rows, Long.SIZE);
  }

  private static void set(long[] bits, int row) {
    bits[row / Long.SIZE] |= 1L << row;
  }
}
