package io.saenative.report.figures;

import java.util.stream.DoubleStream;

/** The ends of an axis: all of the data lies between them. */
record Range(double min, double max) {
  private static final double MARGIN = 0.06;

  /** A linear axis that leaves a margin on both sides; it ends at 0 rather than pass it. */
  static Range around(DoubleStream values) {
    double[] finite = values.filter(Double::isFinite).toArray();
    if (finite.length == 0) {
      return new Range(0, 1);
    }
    double min = DoubleStream.of(finite).min().orElseThrow();
    double max = DoubleStream.of(finite).max().orElseThrow();
    if (min == 0 && max == 0) {
      return new Range(0, 1);
    }
    double margin = max > min ? MARGIN * (max - min) : 0.1 * Math.abs(max);
    return new Range(
        min >= 0 ? Math.max(0, min - margin) : min - margin,
        max <= 0 ? Math.min(0, max + margin) : max + margin);
  }

  /** A linear axis that begins at 0, for counts. */
  static Range fromZero(DoubleStream values) {
    double max = values.filter(Double::isFinite).max().orElse(0);
    return new Range(0, max > 0 ? (1 + MARGIN) * max : 1);
  }

  /** A logarithmic axis of whole decades; values that are not above 0 have no place on it. */
  static Range decades(DoubleStream values) {
    double[] positive = values.filter(v -> v > 0 && Double.isFinite(v)).toArray();
    if (positive.length == 0) {
      return new Range(0.1, 1);
    }
    double low = Math.floor(Math.log10(DoubleStream.of(positive).min().orElseThrow()));
    double high = Math.ceil(Math.log10(DoubleStream.of(positive).max().orElseThrow()));
    return new Range(Math.pow(10, Math.min(low, high - 1)), Math.pow(10, high));
  }
}
