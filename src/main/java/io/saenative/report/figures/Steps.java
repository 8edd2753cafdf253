package io.saenative.report.figures;

import io.saenative.analysis.latents.Activity.DensityHistogram;
import java.util.stream.IntStream;

/** The outline of a histogram as a line: up or down at each edge, level between them. */
record Steps(double[] x, double[] y) {
  /** From the first bin that holds anything to the last; with nothing in any bin, an empty line. */
  static Steps of(DensityHistogram histogram) {
    int[] filled =
        IntStream.range(0, histogram.counts().size())
            .filter(bin -> histogram.counts().get(bin) > 0)
            .toArray();
    if (filled.length == 0) {
      return new Steps(new double[0], new double[0]);
    }
    int first = filled[0];
    int bins = filled[filled.length - 1] - first + 1;
    double[] x = new double[2 * bins + 2];
    double[] y = new double[2 * bins + 2];
    for (int edge = 0; edge <= bins; edge++) {
      x[2 * edge] = histogram.edges().get(first + edge);
      x[2 * edge + 1] = x[2 * edge];
      y[2 * edge] = edge == 0 ? 0 : histogram.counts().get(first + edge - 1);
      y[2 * edge + 1] = edge == bins ? 0 : histogram.counts().get(first + edge);
    }
    return new Steps(x, y);
  }
}
