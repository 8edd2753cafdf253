package io.saenative.report.figures;

import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.latents.Activity.DensityHistogram;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.report.figures.Panels.Look;
import io.saenative.run.KResult;
import io.saenative.run.RunFiles;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The experiment's six panels over K. */
final class LargeKComparison {
  private static final Look MAIN = new Look(Palette.BLUE, Palette.solid(), SeriesMarkers.CIRCLE);
  private static final Look SOUND_CHANCE =
      new Look(Palette.BLUE, Palette.dashed(), SeriesMarkers.CROSS);
  private static final Look PUBLISHED =
      new Look(Palette.VERMILLION, Palette.solid(), SeriesMarkers.SQUARE);
  private static final Look PUBLISHED_CHANCE =
      new Look(Palette.VERMILLION, Palette.dashed(), SeriesMarkers.CROSS);
  private static final Look WINDOW =
      new Look(Palette.ORANGE, Palette.solid(), SeriesMarkers.DIAMOND);

  private final RunFiles run;
  private final List<Integer> ks;

  private LargeKComparison(RunFiles run) {
    this.run = run;
    ks = run.results().stream().map(KResult::k).toList();
  }

  static Figure of(RunFiles run) {
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
    double[] sound = over(r -> r.specialisedCount(Specialised::sound));
    double[] soundChance = over(r -> r.chance(Specialised::sound));
    double[] published = over(r -> r.specialisedCount(Specialised::published));
    double[] publishedChance = over(r -> r.chance(Specialised::published));
    double[] window = over(r -> r.specialisedCount(Specialised::publishedWindow));
    CategoryChart chart = Panels.overK("A  Specialised latents", "latents");
    Panels.line(chart, "sound", ks, sound, MAIN);
    Panels.line(chart, "sound, by chance", ks, soundChance, SOUND_CHANCE);
    Panels.line(chart, "published", ks, published, PUBLISHED);
    Panels.line(chart, "published, by chance", ks, publishedChance, PUBLISHED_CHANCE);
    Panels.line(chart, "published, window", ks, window, WINDOW);
    chart.getStyler().setYAxisTickLabelsFormattingFunction(Panels::count);
    Panels.yRange(
        chart.getStyler(),
        Range.fromZero(all(sound, soundChance, published, publishedChance, window)));
    return chart;
  }

  private CategoryChart leastFrequency() {
    double[] least = over(KResult::leastFrequencyInWindow);
    String window =
        run.windows().stream().map(LargeKComparison::ranks).collect(Collectors.joining(", "));
    CategoryChart chart = Panels.overK("B  Least frequency, ranks " + window, "share of rows");
    Panels.line(chart, "least frequent active latent", ks, least, MAIN);
    if (chart.getSeriesCollection().isEmpty()) {
      chart.addAnnotation(new AnnotationText("no latent of these ranks is active", 260, 170, true));
    }
    chart
        .getStyler()
        .setYAxisLogarithmic(true)
        .setYAxisTickLabelsFormattingFunction(Panels::percent);
    Panels.yRange(chart.getStyler(), Range.decades(DoubleStream.of(least)));
    return chart;
  }

  private CategoryChart explainedVariance() {
    double[] global = over(KResult::explainedVariance);
    double[] perDimension = over(KResult::evPerDimension);
    CategoryChart chart = Panels.overK("C  Explained variance", "share of the variance");
    Panels.line(chart, "ev_global (published)", ks, global, MAIN);
    Panels.line(
        chart,
        "ev_per_dimension",
        ks,
        perDimension,
        new Look(Palette.GREEN, Palette.dashed(), SeriesMarkers.DIAMOND));
    chart.getStyler().setYAxisTickLabelsFormattingFunction(Panels::percent);
    Panels.yRange(chart.getStyler(), Range.around(all(global, perDimension)));
    return chart;
  }

  private CategoryChart loss() {
    double[] loss = over(KResult::loss);
    CategoryChart chart = Panels.overK("D  Reconstruction loss", "mean squared error");
    Panels.line(chart, "validation rows", ks, loss, MAIN);
    Panels.yRange(chart.getStyler(), Range.around(DoubleStream.of(loss)));
    return chart;
  }

  private XYChart frequencies() {
    XYChart chart = Panels.xy("E  How often latents are active", "share of rows", "latents");
    for (int i = 0; i < ks.size(); i++) {
      Look look = Look.ofK(i);
      String name = "K = " + ks.get(i);
      run.results()
          .get(i)
          .analysis()
          .map(a -> Steps.of(a.activity().density()))
          .filter(steps -> steps.x().length > 0)
          .ifPresent(steps -> Panels.curve(chart, name, steps.x(), steps.y(), look));
    }
    List<DensityHistogram> histograms = run.analyses().map(a -> a.activity().density()).toList();
    chart
        .getStyler()
        .setXAxisLogarithmic(true)
        .setXAxisTickLabelsFormattingFunction(Panels::percent);
    Panels.xRange(
        chart.getStyler(),
        Range.decades(
            histograms.stream().flatMap(h -> h.edges().stream()).mapToDouble(Double::doubleValue)));
    Panels.yRange(
        chart.getStyler(),
        Range.fromZero(
            histograms.stream()
                .flatMap(h -> h.counts().stream())
                .mapToDouble(Integer::doubleValue)));
    return chart;
  }

  private CategoryChart dead() {
    double[] train = over(KResult::deadOnTrain);
    double[] validation = over(KResult::deadOnValidation);
    double[] both = over(KResult::deadOnBoth);
    CategoryChart chart = Panels.overK("F  Dead latents", "of %,d latents".formatted(run.dSae()));
    Panels.line(chart, "on validation", ks, validation, MAIN);
    Panels.line(
        chart,
        "on training",
        ks,
        train,
        new Look(Palette.GREEN, Palette.dashed(), SeriesMarkers.DIAMOND));
    Panels.line(
        chart,
        "on both",
        ks,
        both,
        new Look(Palette.BLACK, Palette.dotted(), SeriesMarkers.SQUARE));
    chart.getStyler().setYAxisTickLabelsFormattingFunction(Panels::count);
    Panels.yRange(chart.getStyler(), Range.fromZero(all(train, validation, both)));
    return chart;
  }

  private double[] over(ToDoubleFunction<KResult> figure) {
    return run.results().stream().mapToDouble(figure).toArray();
  }

  private static String ranks(RankWindow window) {
    return window.start() + "–" + window.end();
  }

  private static DoubleStream all(double[]... figures) {
    return Stream.of(figures).flatMapToDouble(DoubleStream::of);
  }
}
