package io.saenative.report.figures;

import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.latents.Activity.DensityHistogram;
import io.saenative.report.figures.Charts.Line;
import io.saenative.run.RunResults;
import io.saenative.run.RunResults.KResult;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The experiment's six panels over K. */
final class LargeKComparison {
  private static final Look WINDOW = new Look(Look.ORANGE, Look.SOLID, SeriesMarkers.DIAMOND);
  private static final Look SECOND = new Look(Look.GREEN, Look.DASHED, SeriesMarkers.DIAMOND);
  private static final Look THIRD = new Look(Look.BLACK, Look.DOTTED, SeriesMarkers.SQUARE);

  private final RunResults run;

  private LargeKComparison(RunResults run) {
    this.run = run;
  }

  /** One figure of every K as a line; NaN where it is not known. */
  private record Curve(String name, Look look, ToDoubleFunction<KResult> figure) {}

  static Figure of(RunResults run) {
    LargeKComparison figure = new LargeKComparison(run);
    return new Figure(
        "large_k_comparison",
        "Large K: %,d latents%s"
            .formatted(run.dSae(), run.site().map(site -> ", " + site).orElse("")),
        "A: latents called specialised by each rule; dashed, the mean count where the labels are"
            + " dealt out anew. B to F: the experiment's other comparisons, on axes that hold all"
            + " of the data.",
        run.synthetic(),
        3,
        460,
        370,
        List.of(
            figure.specialised(),
            figure.leastFrequency(),
            figure.explainedVariance(),
            figure.loss(),
            figure.frequencies(),
            figure.dead()));
  }

  private CategoryChart specialised() {
    return overK(
        "A: Specialised latents",
        "latents",
        Charts::count,
        AxisRange::fromZero,
        new Curve("sound", Look.SOUND, r -> r.specialisedCount(Specialised::sound)),
        new Curve("sound, by chance", Look.SOUND.byChance(), r -> r.chance(Specialised::sound)),
        new Curve("published", Look.PUBLISHED, r -> r.specialisedCount(Specialised::published)),
        new Curve(
            "published, by chance",
            Look.PUBLISHED.byChance(),
            r -> r.chance(Specialised::published)),
        new Curve(
            "published, window", WINDOW, r -> r.specialisedCount(Specialised::publishedWindow)));
  }

  private CategoryChart leastFrequency() {
    String windows =
        run.windows().stream()
            .map(window -> window.start() + "–" + window.end())
            .collect(Collectors.joining(", "));
    CategoryChart chart =
        overK(
            "B: Least frequency, ranks " + windows,
            "share of rows",
            Charts::percent,
            AxisRange::decades,
            new Curve("least frequent active latent", Look.SOUND, KResult::leastFrequencyInWindow));
    if (chart.getSeriesCollection().isEmpty()) {
      chart.addAnnotation(new AnnotationText("no latent of these ranks is active", 260, 170, true));
    }
    chart.getStyler().setYAxisLogarithmic(true);
    return chart;
  }

  private CategoryChart explainedVariance() {
    return overK(
        "C: Explained variance",
        "share of the variance",
        Charts::percent,
        AxisRange::around,
        new Curve("ev_global (published)", Look.SOUND, KResult::explainedVariance),
        new Curve("ev_per_dimension", SECOND, KResult::evPerDimension));
  }

  private CategoryChart loss() {
    return overK(
        "D: Reconstruction loss",
        "mean squared error",
        Charts::plain,
        AxisRange::around,
        new Curve("validation rows", Look.SOUND, KResult::loss));
  }

  private XYChart frequencies() {
    XYChart chart = Charts.xy("E: How often latents are active", "share of rows", "latents");
    Charts.lines(
        chart,
        run.results(),
        SeriesMarkers.NONE,
        r -> r.analysis().map(a -> outline(a.activity().density())).orElse(Line.EMPTY));
    List<DensityHistogram> histograms = run.analyses().map(a -> a.activity().density()).toList();
    chart
        .getStyler()
        .setXAxisLogarithmic(true)
        .setXAxisTickLabelsFormattingFunction(Charts::percent);
    Charts.xRange(
        chart.getStyler(),
        AxisRange.decades(
            histograms.stream().flatMap(h -> h.edges().stream()).mapToDouble(Double::doubleValue)));
    Charts.yRange(
        chart.getStyler(),
        AxisRange.fromZero(
            histograms.stream()
                .flatMap(h -> h.counts().stream())
                .mapToDouble(Integer::doubleValue)));
    return chart;
  }

  private CategoryChart dead() {
    return overK(
        "F: Dead latents",
        "of %,d latents".formatted(run.dSae()),
        Charts::count,
        AxisRange::fromZero,
        new Curve("on validation", Look.SOUND, KResult::deadOnValidation),
        new Curve("on training", SECOND, KResult::deadOnTrain),
        new Curve("on both", THIRD, KResult::deadOnBoth));
  }

  private CategoryChart overK(
      String title,
      String unit,
      Function<Double, String> ticks,
      Function<DoubleStream, AxisRange> range,
      Curve... curves) {
    CategoryChart chart = Charts.overK(title, unit);
    List<KResult> results = run.results();
    List<Integer> ks = results.stream().map(KResult::k).toList();
    for (Curve curve : curves) {
      double[] values = results.stream().mapToDouble(curve.figure).toArray();
      Charts.line(chart, curve.name, ks, values, curve.look);
    }
    chart.getStyler().setYAxisTickLabelsFormattingFunction(ticks);
    Charts.yRange(
        chart.getStyler(),
        range.apply(
            Arrays.stream(curves)
                .flatMapToDouble(curve -> results.stream().mapToDouble(curve.figure))));
    return chart;
  }

  /**
   * The outline of a histogram, up or down at each edge and level between them, from the first bin
   * that holds anything to the last; with nothing in any bin, without points.
   */
  static Line outline(DensityHistogram histogram) {
    int[] filled =
        IntStream.range(0, histogram.counts().size())
            .filter(bin -> histogram.counts().get(bin) > 0)
            .toArray();
    if (filled.length == 0) {
      return Line.EMPTY;
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
    return new Line(x, y);
  }
}
