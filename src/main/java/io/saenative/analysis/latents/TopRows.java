package io.saenative.analysis.latents;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * For each latent the rows with the largest |value|: a bounded heap each, so that memory is d_sae ×
 * capacity however many rows pass. Larger |value| first; ties go to the smaller row.
 */
public final class TopRows {
  /** A row and the latent's signed value on it. */
  public record Entry(int row, double value) {
    private static final Comparator<Entry> BEST_FIRST =
        Comparator.comparingDouble((Entry e) -> -Math.abs(e.value)).thenComparingInt(Entry::row);
  }

  private final int capacity;
  private final int[] sizes;
  private final int[] rows;
  private final double[] values;

  public TopRows(int dSae, int capacity) {
    this.capacity = capacity;
    sizes = new int[dSae];
    rows = new int[Math.multiplyExact(dSae, capacity)];
    values = new double[rows.length];
  }

  public void add(int latent, int row, double value) {
    int base = latent * capacity;
    int size = sizes[latent];
    if (size < capacity) {
      sizes[latent]++;
      siftUp(base, size, row, value);
    } else if (capacity > 0 && worse(rows[base], values[base], row, value)) {
      siftDown(base, row, value);
    }
  }

  /** The latent's rows, best first. */
  public List<Entry> of(int latent) {
    List<Entry> entries = new ArrayList<>();
    for (int i = latent * capacity, end = i + sizes[latent]; i < end; i++) {
      entries.add(new Entry(rows[i], values[i]));
    }
    entries.sort(Entry.BEST_FIRST);
    return entries;
  }

  /** The latent's rows in no order. */
  IntStream rows(int latent) {
    int first = latent * capacity;
    return Arrays.stream(rows, first, first + sizes[latent]);
  }

  private void siftUp(int base, int slot, int row, double value) {
    int child = slot;
    while (child > 0) {
      int parent = (child - 1) / 2;
      if (!worse(row, value, rows[base + parent], values[base + parent])) {
        break;
      }
      move(base + parent, base + child);
      child = parent;
    }
    put(base + child, row, value);
  }

  private void siftDown(int base, int row, double value) {
    int parent = 0;
    for (int child = 1; child < capacity; child = 2 * parent + 1) {
      int right = base + child + 1;
      if (child + 1 < capacity
          && worse(rows[right], values[right], rows[right - 1], values[right - 1])) {
        child++;
      }
      if (!worse(rows[base + child], values[base + child], row, value)) {
        break;
      }
      move(base + child, base + parent);
      parent = child;
    }
    put(base + parent, row, value);
  }

  private void move(int from, int to) {
    rows[to] = rows[from];
    values[to] = values[from];
  }

  private void put(int slot, int row, double value) {
    rows[slot] = row;
    values[slot] = value;
  }

  /** Whether the first entry is worse than the second; the worst is the heap's root. */
  private static boolean worse(int row, double value, int otherRow, double otherValue) {
    int byMagnitude = Double.compare(Math.abs(value), Math.abs(otherValue));
    return byMagnitude != 0 ? byMagnitude < 0 : row > otherRow;
  }
}
