package io.saenative.report.figures;

import io.saenative.analysis.latents.RankWindow;
import io.saenative.report.figures.Charts.Line;
import io.saenative.run.RunResults;
import io.saenative.run.RunResults.KResult;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** How often each latent is active, by rank, for every K. */
final class ActivationCurves {
  private static final int MAX_POINTS = 2000;

  private ActivationCurves() {}

  static Figure of(RunResults run) {
    XYChart chart =
        Charts.xy("", "rank by frequency", "share of rows on which the latent is active");
    List<KResult> results = run.results();
    AxisRange frequency =
        AxisRange.decades(
            results.stream().flatMapToDouble(r -> Arrays.stream(r.frequenciesByRank())));
    run.windows().forEach(window -> shade(chart, window, run.dSae(), frequency));
    Charts.lines(chart, results, SeriesMarkers.NONE, r -> activeOnly(r.frequenciesByRank()));
    chart
        .getStyler()
        .setYAxisLogarithmic(true)
        .setYAxisTickLabelsFormattingFunction(Charts::percent);
    Charts.yRange(chart.getStyler(), frequency);
    Charts.xRange(chart.getStyler(), new AxisRange(0, run.dSae()));
    return new Figure(
        "large_k_activation_curves",
        "Activation frequency of every latent by rank",
        "Every latent that is active on the rows analysed; where a curve ends, the dead latents"
            + " begin. Shaded: the window of ranks that the published tables are about.",
        run.synthetic(),
        1,
        900,
        520,
        List.of(chart));
  }

  /** The window as a pale area behind the curves. */
  private static void shade(XYChart chart, RankWindow window, int dSae, AxisRange frequency) {
    double start = Math.min(window.start(), dSae);
    double end = Math.min(window.end(), dSae);
    XYSeries area =
        chart.addSeries(
            "ranks %d–%d".formatted(window.start(), window.end()),
            new double[] {start, end, end, start},
            new double[] {frequency.min(), frequency.min(), frequency.max(), frequency.max()});
    area.setXYSeriesRenderStyle(XYSeriesRenderStyle.PolygonArea);
    area.setFillColor(Look.SHADE);
    area.setLineColor(Look.SHADE).setLineStyle(Look.SOLID);
    area.setMarker(SeriesMarkers.NONE);
  }

  private static Line activeOnly(double[] frequencies) {
    double[] active = Arrays.stream(frequencies).filter(f -> f > 0).toArray();
    int[] ranks = ranks(active.length);
    return new Line(
        Arrays.stream(ranks).asDoubleStream().toArray(),
        Arrays.stream(ranks).mapToDouble(rank -> active[rank - 1]).toArray());
  }

  /** Ranks to draw: all, or evenly spaced ones with both ends. */
  static int[] ranks(int count) {
    int points = Math.min(count, MAX_POINTS);
    return IntStream.range(0, points)
        .map(i -> points == 1 ? 1 : 1 + (int) ((long) i * (count - 1) / (points - 1)))
        .toArray();
  }
}
