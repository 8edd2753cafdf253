package io.saenative.sae.reference;

import io.saenative.sae.Evaluation;
import io.saenative.sae.Evaluation.Sums;
import io.saenative.sae.SaeConfig;
import io.saenative.tensor.Tensor;

/**
 * One evaluation of n rows: the sums behind {@link Evaluation}, with e = x − x̂.
 *
 * <p>A first pass finds the column means of x. The second encodes and decodes; deviations of x are
 * taken from those means, and those of e by Welford's update, mean += (e − mean)/n and deviation +=
 * (e − old mean)(e − new mean), which needs neither a third pass nor the difference of two large
 * sums.
 */
final class Evaluate {
  private Evaluate() {}

  /**
   * Evaluates some rows, a few of which are converted at a time, so that no set of rows is held
   * twice.
   *
   * @param data [n, d_in]
   */
  static Evaluation evaluate(SaeConfig c, ParameterArrays p, Tensor data) {
    int rows = Math.toIntExact(data.dim(0));
    int d = c.dIn();
    double[] xMean = columnMeans(data, rows);
    double[] errorMean = new double[d];
    double[] errorDeviation = new double[d];
    double[] xDeviation = new double[d];
    long[] firingCount = new long[c.dSae()];
    double xSum = 0;
    double xSquared = 0;
    double errorSum = 0;
    double errorSquared = 0;
    double rowRatioSum = 0;
    long active = 0;
    double absValueSum = 0;

    for (int block = 0; block < rows; block += Forward.ROW_BLOCK) {
      int blockRows = Math.min(Forward.ROW_BLOCK, rows - block);
      double[] x = data.rows(block, block + blockRows).toDoubles();
      Forward.Selected codes = Forward.encodeTopK(c, p, x, blockRows);
      double[] xHat = Forward.decodeSparse(c, p, codes, blockRows);
      for (int s = 0; s < blockRows * c.k(); s++) {
        double value = codes.values()[s];
        if (value != 0) {
          active++;
          absValueSum += Math.abs(value);
          firingCount[codes.indices()[s]]++;
        }
      }
      for (int r = 0; r < blockRows; r++) {
        double rowError = 0;
        double rowDeviation = 0;
        for (int i = 0; i < d; i++) {
          double xi = x[r * d + i];
          double fromMean = xi - xMean[i];
          double e = xi - xHat[r * d + i];
          double fromErrorMean = e - errorMean[i];
          errorMean[i] += fromErrorMean / (block + r + 1);
          errorDeviation[i] += fromErrorMean * (e - errorMean[i]);
          xDeviation[i] += fromMean * fromMean;
          rowDeviation += fromMean * fromMean;
          rowError += e * e;
          xSum += xi;
          xSquared += xi * xi;
          errorSum += e;
        }
        errorSquared += rowError;
        rowRatioSum += rowError == 0 ? 0 : rowError / rowDeviation;
      }
    }
    return new Evaluation(
        rows,
        d,
        new Sums(xSum, xSquared, sum(xDeviation)),
        new Sums(errorSum, errorSquared, sum(errorDeviation)),
        rowRatioSum,
        active,
        absValueSum,
        firingCount);
  }

  private static double[] columnMeans(Tensor data, int rows) {
    int d = (int) data.dim(1);
    double[] mean = new double[d];
    for (int block = 0; block < rows; block += Forward.ROW_BLOCK) {
      int end = Math.min(block + Forward.ROW_BLOCK, rows);
      double[] x = data.rows(block, end).toDoubles();
      for (int r = 0; r < end - block; r++) {
        Vectors.addScaled(1, x, r * d, mean, 0, d);
      }
    }
    for (int i = 0; i < d; i++) {
      mean[i] /= rows;
    }
    return mean;
  }

  private static double sum(double[] a) {
    double s = 0;
    for (double v : a) {
      s += v;
    }
    return s;
  }
}
