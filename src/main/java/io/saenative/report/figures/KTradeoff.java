package io.saenative.report.figures;

import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.report.figures.Charts.Line;
import io.saenative.run.RunResults;
import io.saenative.run.RunResults.KResult;
import java.awt.BasicStroke;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** What K buys and costs: explained variance against specialised latents, each K a point. */
final class KTradeoff {
  private static final int LABEL_ROWS = 3;

  /** As shares of the axes. */
  private static final double LABEL_HEIGHT = 0.06;

  private static final double LABEL_WIDTH = 0.07;

  private final XYChart chart =
      Charts.xy("", "explained variance (ev_global) on the validation rows", "specialised latents");
  private final List<KResult> results;

  /** Those that have a place on the horizontal axis. */
  private final List<KResult> placed;

  private KTradeoff(RunResults run) {
    results = run.results();
    placed = results.stream().filter(r -> Double.isFinite(r.explainedVariance())).toList();
  }

  /**
   * @param run in which some K has a count of specialised latents
   */
  static Figure of(RunResults run) {
    KTradeoff figure = new KTradeoff(run);
    figure.draw();
    return new Figure(
        "k_tradeoff",
        "K, quality and specialisation",
        "Each point is one K, its neighbours in K joined. Dashed: the mean count where the labels"
            + " are dealt out anew.",
        run.synthetic(),
        1,
        900,
        520,
        List.of(figure.chart));
  }

  private void draw() {
    chart
        .getStyler()
        .setPlotGridVerticalLinesVisible(false)
        .setYAxisTickLabelsFormattingFunction(Charts::count);
    double top = AxisRange.fromZero(results.stream().flatMapToDouble(KTradeoff::counts)).max();
    placed.forEach(r -> guide(r, top));
    rule("sound", Specialised::sound, Look.SOUND);
    rule("published", Specialised::published, Look.PUBLISHED);
    chart.getStyler().setXAxisTickLabelsFormattingFunction(Charts::percent);
    AxisRange quality = AxisRange.around(results.stream().mapToDouble(KResult::explainedVariance));
    Charts.xRange(chart.getStyler(), quality);
    Charts.yRange(chart.getStyler(), new AxisRange(0, (1 + LABEL_ROWS * LABEL_HEIGHT) * top));
    label(quality, top);
  }

  /** A thin line through the points of one K, up to its name. */
  private void guide(KResult result, double top) {
    double x = result.explainedVariance();
    Line guide = new Line(new double[] {x, x}, new double[] {0, top});
    Look look = new Look(Look.GRID, new BasicStroke(1), SeriesMarkers.NONE);
    Charts.line(chart, "guide " + result.k(), guide, look).setShowInLegend(false);
  }

  /** The name of each K above all points, beside those it would touch. */
  private void label(AxisRange quality, double highest) {
    double labelWidth = LABEL_WIDTH * (quality.max() - quality.min());
    double[] ends = new double[LABEL_ROWS];
    Arrays.fill(ends, Double.NEGATIVE_INFINITY);
    for (KResult result :
        placed.stream().sorted(Comparator.comparingDouble(KResult::explainedVariance)).toList()) {
      double x = result.explainedVariance();
      int row = 0;
      while (row < LABEL_ROWS - 1 && ends[row] > x) {
        row++;
      }
      ends[row] = x + labelWidth;
      double y = highest * (1 + (row + 0.5) * LABEL_HEIGHT);
      chart.addAnnotation(new AnnotationText("K = " + result.k(), x, y, false));
    }
  }

  private void rule(String name, Function<Specialised, ByRule> rule, Look look) {
    points(name, r -> r.specialisedCount(rule), look);
    points(name + ", by chance", r -> r.chance(rule), look.byChance());
  }

  private void points(String name, ToDoubleFunction<KResult> count, Look look) {
    List<KResult> known =
        placed.stream().filter(r -> Double.isFinite(count.applyAsDouble(r))).toList();
    if (!known.isEmpty()) {
      double[] x = known.stream().mapToDouble(KResult::explainedVariance).toArray();
      double[] y = known.stream().mapToDouble(count).toArray();
      Charts.line(chart, name, new Line(x, y), look);
    }
  }

  private static DoubleStream counts(KResult result) {
    return DoubleStream.of(
        result.specialisedCount(Specialised::sound),
        result.specialisedCount(Specialised::published),
        result.chance(Specialised::sound),
        result.chance(Specialised::published));
  }
}
