package io.saenative.analysis;

import java.util.Arrays;

/**
 * Exact one-to-one assignment of largest total weight: the Hungarian method with shortest
 * augmenting paths and potentials, O(rows² · columns).
 */
final class Assignment {
  private Assignment() {}

  /**
   * Assigns every row a column of its own.
   *
   * @param weight [rows][columns], no more rows than columns
   * @return the column of each row
   */
  static int[] largest(double[][] weight) {
    int rows = weight.length;
    int columns = rows == 0 ? 0 : weight[0].length;
    if (rows > columns) {
      throw new IllegalArgumentException(
          rows + " rows cannot each have one of " + columns + " columns");
    }
    double[] rowPotential = new double[rows];
    double[] columnPotential = new double[columns];
    int[] rowOf = new int[columns];
    Arrays.fill(rowOf, -1);
    for (int row = 0; row < rows; row++) {
      augment(row, weight, rowPotential, columnPotential, rowOf);
    }
    int[] columnOf = new int[rows];
    for (int column = 0; column < columns; column++) {
      if (rowOf[column] >= 0) {
        columnOf[rowOf[column]] = column;
      }
    }
    return columnOf;
  }

  /**
   * Finds, by Dijkstra's algorithm on reduced costs, the cheapest way to give {@code newRow} a
   * column too.
   */
  private static void augment(
      int newRow, double[][] weight, double[] rowPotential, double[] columnPotential, int[] rowOf) {
    int columns = columnPotential.length;
    double[] distance = new double[columns];
    int[] previous = new int[columns];
    boolean[] done = new boolean[columns];
    Arrays.fill(distance, Double.POSITIVE_INFINITY);
    int row = newRow;
    int at = -1;
    double reached = 0;
    while (row >= 0) {
      int next = -1;
      for (int column = 0; column < columns; column++) {
        if (!done[column]) {
          double through =
              reached - weight[row][column] - rowPotential[row] - columnPotential[column];
          if (through < distance[column]) {
            distance[column] = through;
            previous[column] = at;
          }
          next = next < 0 || distance[column] < distance[next] ? column : next;
        }
      }
      at = next;
      reached = distance[at];
      done[at] = true;
      row = rowOf[at];
    }
    rowPotential[newRow] += reached;
    for (int column = 0; column < columns; column++) {
      if (done[column] && column != at) {
        columnPotential[column] -= reached - distance[column];
        rowPotential[rowOf[column]] += reached - distance[column];
      }
    }
    for (int column = at; column >= 0; column = previous[column]) {
      rowOf[column] = previous[column] < 0 ? newRow : rowOf[previous[column]];
    }
  }
}
