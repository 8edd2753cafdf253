package io.saenative.report.figures;

import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.report.figures.Panels.Look;
import io.saenative.report.input.KResult;
import io.saenative.report.input.RunFiles;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** What K buys and costs: explained variance against specialised latents, each K a point. */
final class KTradeoff {
  private final XYChart chart =
      Panels.xy("", "explained variance (ev_global) on the validation rows", "specialised latents");
  private final List<KResult> results;

  private KTradeoff(RunFiles run) {
    results = run.analyses().anyMatch(a -> a.specialised() != null) ? run.results() : List.of();
  }

  /** @param run in which some K has a count of specialised latents */
  static Figure of(RunFiles run) {
    KTradeoff figure = new KTradeoff(run);
    figure.draw();
    return new Figure(
        "k_tradeoff",
        "K, quality and specialisation",
        "Each point is one K, its neighbours in K joined. Dashed: the mean count where the labels are dealt out anew.",
        run.synthetic(),
        1,
        900,
        520,
        List.of(figure.chart));
  }

  private void draw() {
    rule("sound", Specialised::sound, new Look(Palette.BLUE, Palette.solid(), SeriesMarkers.CIRCLE));
    rule("published", Specialised::published, new Look(Palette.VERMILLION, Palette.solid(), SeriesMarkers.SQUARE));
    chart.getStyler().setXAxisTickLabelsFormattingFunction(Panels::percent);
    Range quality = Range.around(results.stream().mapToDouble(KResult::explainedVariance));
    Range counts = Range.fromZero(results.stream().flatMapToDouble(KTradeoff::counts));
    Panels.xRange(chart.getStyler(), quality);
    Panels.yRange(chart.getStyler(), new Range(0, 1.08 * counts.max()));
    for (KResult result : results) {
      double top = counts(result).filter(Double::isFinite).max().orElse(Double.NaN);
      if (Double.isFinite(top) && Double.isFinite(result.explainedVariance())) {
        chart.addAnnotation(
            new AnnotationText("K = " + result.k(), result.explainedVariance(), top + 0.05 * counts.max(), false));
      }
    }
  }

  private void rule(String name, Function<Specialised, ByRule> rule, Look look) {
    points(name, r -> r.specialisedCount(rule), look);
    points(name + " by chance", r -> r.chance(rule), new Look(look.colour(), Palette.dashed(), SeriesMarkers.NONE));
  }

  private void points(String name, ToDoubleFunction<KResult> count, Look look) {
    List<KResult> known =
        results.stream()
            .filter(r -> Double.isFinite(count.applyAsDouble(r)) && Double.isFinite(r.explainedVariance()))
            .toList();
    if (!known.isEmpty()) {
      double[] x = known.stream().mapToDouble(KResult::explainedVariance).toArray();
      Panels.line(chart, name, x, known.stream().mapToDouble(count).toArray(), look);
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
