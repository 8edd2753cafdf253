package io.saenative.report.figures;

import io.saenative.report.figures.Charts.Line;
import io.saenative.run.RunResults;
import io.saenative.run.RunResults.KResult;
import io.saenative.run.RunSummary.Curves;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Explained variance and loss on the validation rows after each epoch, for every K. */
final class TrainingCurves {
  private TrainingCurves() {}

  /**
   * @param run whose training is known
   */
  static Figure of(RunResults run) {
    XYChart explained =
        chart(
            run,
            "A: Explained variance (ev_global)",
            "share of the variance",
            Curves::valExplainedVariance);
    explained.getStyler().setYAxisTickLabelsFormattingFunction(Charts::percent);
    return new Figure(
        "training_curves",
        "The validation rows after each epoch",
        "Explained variance and loss of every K after every epoch of its training.",
        run.synthetic(),
        2,
        560,
        420,
        List.of(
            explained,
            chart(run, "B: Reconstruction loss", "mean squared error", Curves::valLoss)));
  }

  private static XYChart chart(
      RunResults run, String title, String unit, Function<Curves, List<Double>> figure) {
    XYChart chart = Charts.xy(title, "epoch", unit);
    List<KResult> results = run.results();
    Charts.lines(chart, results, SeriesMarkers.CIRCLE, r -> byEpoch(r.history(figure)));
    int epochs = results.stream().mapToInt(r -> r.history(figure).length).max().orElse(1);
    chart.getStyler().setMarkerSize(4);
    chart.getStyler().setXAxisTickLabelsFormattingFunction(Charts::count);
    Charts.yRange(
        chart.getStyler(),
        AxisRange.around(results.stream().flatMapToDouble(r -> Arrays.stream(r.history(figure)))));
    Charts.xRange(chart.getStyler(), new AxisRange(0, epochs + 1));
    return chart;
  }

  private static Line byEpoch(double[] values) {
    return new Line(IntStream.rangeClosed(1, values.length).asDoubleStream().toArray(), values);
  }
}
