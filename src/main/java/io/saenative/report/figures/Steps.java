package io.saenative.report.figures;

import io.saenative.analysis.dictionary.DensityHistogram;

/** The outline of a histogram as a line: up or down at each edge, level between them. */
record Steps(double[] x, double[] y) {
  static Steps of(DensityHistogram histogram) {
    int bins = histogram.counts().size();
    double[] x = new double[2 * bins];
    double[] y = new double[2 * bins];
    for (int i = 0; i < bins; i++) {
      x[2 * i] = histogram.edges().get(i);
      x[2 * i + 1] = histogram.edges().get(i + 1);
      y[2 * i] = histogram.counts().get(i);
      y[2 * i + 1] = histogram.counts().get(i);
    }
    return new Steps(x, y);
  }
}
