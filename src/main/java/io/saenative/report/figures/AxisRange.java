package io.saenative.report.figures;

import java.util.stream.DoubleStream;

/** The ends of an axis: all of the data lies between them. */
record AxisRange(double min, double max) {
  private static final double MARGIN = 0.06;

  /** A linear axis that leaves a margin on both sides; it ends at 0 rather than pass it. */
  static AxisRange around(DoubleStream values) {
    double[] finite = values.filter(Double::isFinite).toArray();
    if (finite.length == 0) {
      return new AxisRange(0, 1);
    }
    double min = DoubleStream.of(finite).min().orElseThrow();
    double max = DoubleStream.of(finite).max().orElseThrow();
    if (min == 0 && max == 0) {
      return new AxisRange(0, 1);
    }
    double margin = max > min ? MARGIN * (max - min) : 0.1 * Math.abs(max);
    return new AxisRange(
        min >= 0 ? Math.max(0, min - margin) : min - margin,
        max <= 0 ? Math.min(0, max + margin) : max + margin);
  }

  /** A linear axis that begins at 0, for counts. */
  static AxisRange fromZero(DoubleStream values) {
    double max = values.filter(Double::isFinite).max().orElse(0);
    return new AxisRange(0, max > 0 ? (1 + MARGIN) * max : 1);
  }

  /** A logarithmic axis of whole decades; values that are not above 0 have no place on it. */
  static AxisRange decades(DoubleStream values) {
    double[] positive = values.filter(v -> v > 0 && Double.isFinite(v)).toArray();
    if (positive.length == 0) {
      return new AxisRange(0.1, 1);
    }
    double low = Math.floor(Math.log10(DoubleStream.of(positive).min().orElseThrow()));
    double high = Math.ceil(Math.log10(DoubleStream.of(positive).max().orElseThrow()));
    return new AxisRange(Math.pow(10, Math.min(low, high - 1)), Math.pow(10, high));
  }
}
