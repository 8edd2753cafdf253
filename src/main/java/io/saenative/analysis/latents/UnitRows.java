package io.saenative.analysis.latents;

import io.saenative.tensor.Tensor;
import java.util.stream.IntStream;

/**
 * The rows of a matrix scaled to length 1, their lengths, and cosines between rows of two such
 * matrices.
 */
public final class UnitRows {
  /**
   * Columns of the product that are worked on at once: with a width of 2,048 their rows fit in the
   * second-level cache.
   */
  private static final int TILE = 64;

  private static final int ROWS_AT_ONCE = 4;

  private final int rows;
  private final int width;
  private final double[] unit;
  private final double[] norms;

  /** Of [rows, width]; a row of zeros stays one, and its cosine with anything is 0. */
  public UnitRows(Tensor matrix) {
    rows = Math.toIntExact(matrix.dim(0));
    width = Math.toIntExact(matrix.dim(1));
    unit = matrix.toDoubles();
    norms = new double[rows];
    for (int row = 0; row < rows; row++) {
      double square = 0;
      for (int i = row * width; i < (row + 1) * width; i++) {
        square += unit[i] * unit[i];
      }
      norms[row] = Math.sqrt(square);
      for (int i = row * width; i < (row + 1) * width && square > 0; i++) {
        unit[i] /= norms[row];
      }
    }
  }

  public int rows() {
    return rows;
  }

  /** Euclidean length of each row before it was scaled. */
  public double[] norms() {
    return norms;
  }

  /** Takes the cosine of a row of one matrix with a row of the other. */
  public interface Sink {
    void put(int row, int otherRow, double cosine);
  }

  /** Cosine of row i of this with row i of the other, for every i. */
  public double[] cosinesByRow(UnitRows other) {
    double[] cosines = new double[rows];
    for (int row = 0; row < rows; row++) {
      for (int i = row * width; i < (row + 1) * width; i++) {
        cosines[row] += unit[i] * other.unit[i];
      }
    }
    return cosines;
  }

  /**
   * Cosine of every row of this with every row of the other. Rows of this are shared out among
   * threads; each one's cosines come in ascending order of the other row, from one thread at a
   * time.
   */
  public void cosines(UnitRows other, Sink sink) {
    for (int first = 0; first < other.rows; first += TILE) {
      int start = first;
      int columns = Math.min(TILE, other.rows - first);
      double[] tile = other.transposed(first, columns);
      IntStream.range(0, Math.ceilDiv(rows, ROWS_AT_ONCE))
          .parallel()
          .forEach(
              block -> {
                double[][] sums = products(block * ROWS_AT_ONCE, tile, columns);
                for (int r = 0; r < ROWS_AT_ONCE && block * ROWS_AT_ONCE + r < rows; r++) {
                  for (int c = 0; c < columns; c++) {
                    sink.put(block * ROWS_AT_ONCE + r, start + c, sums[r][c]);
                  }
                }
              });
    }
  }

  /**
   * Four rows, the last ones repeated at the end, times a tile: each value of the tile is loaded
   * once for all four.
   */
  private double[][] products(int firstRow, double[] tile, int columns) {
    int[] start = new int[ROWS_AT_ONCE];
    for (int r = 0; r < ROWS_AT_ONCE; r++) {
      start[r] = Math.min(firstRow + r, rows - 1) * width;
    }
    double[][] sums = new double[ROWS_AT_ONCE][columns];
    for (int i = 0; i < width; i++) {
      addScaled(
          unit[start[0] + i],
          unit[start[1] + i],
          unit[start[2] + i],
          unit[start[3] + i],
          tile,
          i * columns,
          sums,
          columns);
    }
    return sums;
  }

  private static void addScaled(
      double a,
      double b,
      double c,
      double d,
      double[] tile,
      int from,
      double[][] sums,
      int columns) {
    double[] sumA = sums[0];
    double[] sumB = sums[1];
    double[] sumC = sums[2];
    double[] sumD = sums[3];
    for (int j = 0; j < columns; j++) {
      double value = tile[from + j];
      sumA[j] += a * value;
      sumB[j] += b * value;
      sumC[j] += c * value;
      sumD[j] += d * value;
    }
  }

  /** Rows {@code first} to {@code first + columns} as columns, [width, columns]. */
  private double[] transposed(int first, int columns) {
    double[] tile = new double[width * columns];
    for (int c = 0; c < columns; c++) {
      for (int i = 0; i < width; i++) {
        tile[i * columns + c] = unit[(first + c) * width + i];
      }
    }
    return tile;
  }
}
