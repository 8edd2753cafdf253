package io.saenative.report.figures;

import io.saenative.report.figures.SvgGraphics.ChartFont;
import io.saenative.run.RunResults.KResult;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Empty charts in the look that all figures share, and lines in them. */
final class Charts {
  private Charts() {}

  /** Points that are joined. */
  record Line(double[] x, double[] y) {
    static final Line EMPTY = new Line(new double[0], new double[0]);
  }

  /** A chart over K: the values of K stand side by side at equal distances, whatever they are. */
  static CategoryChart overK(String title, String yTitle) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .title(title)
            .xAxisTitle("K, active latents a row")
            .yAxisTitle(yTitle)
            .build();
    style(chart.getStyler());
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line);
    chart
        .getStyler()
        .setOverlapped(true)
        .setPlotGridVerticalLinesVisible(false)
        .setXAxisTickMarkSpacingHint(1);
    return chart;
  }

  static XYChart xy(String title, String xTitle, String yTitle) {
    XYChart chart = new XYChartBuilder().title(title).xAxisTitle(xTitle).yAxisTitle(yTitle).build();
    style(chart.getStyler());
    return chart;
  }

  /** A line over K; NaN leaves a gap, and a line without any number is left out. */
  static void line(CategoryChart chart, String name, List<Integer> ks, double[] values, Look look) {
    if (Arrays.stream(values).allMatch(Double::isNaN)) {
      return;
    }
    List<String> labels = ks.stream().map(String::valueOf).toList();
    List<Double> numbers = new ArrayList<>();
    Arrays.stream(values).forEach(v -> numbers.add(Double.isNaN(v) ? null : v));
    look.applyTo(chart.addSeries(name, labels, numbers));
  }

  static XYSeries line(XYChart chart, String name, Line line, Look look) {
    XYSeries series = chart.addSeries(name, line.x, line.y);
    look.applyTo(series);
    return series;
  }

  /** A line for each K that has points, in the look of that K. */
  static void lines(
      XYChart chart, List<KResult> results, Marker marker, Function<KResult, Line> points) {
    for (int i = 0; i < results.size(); i++) {
      Line line = points.apply(results.get(i));
      if (line.x.length > 0) {
        // Without markers as one path: dashes go on from point to point, and an SVG stays small.
        line(chart, "K = " + results.get(i).k(), line, Look.ofK(i, marker))
            .setSmooth(marker.equals(SeriesMarkers.NONE));
      }
    }
  }

  static void yRange(AxesChartStyler styler, AxisRange range) {
    styler.setYAxisMin(range.min()).setYAxisMax(range.max());
  }

  static void xRange(AxesChartStyler styler, AxisRange range) {
    styler.setXAxisMin(range.min()).setXAxisMax(range.max());
  }

  /** A number to four digits, without superfluous zeros. */
  static String plain(double number) {
    BigDecimal digits = new BigDecimal(number).round(new MathContext(4)).stripTrailingZeros();
    return digits.signum() == 0 ? "0" : digits.toPlainString();
  }

  /** A share as a percentage to four digits: 0.0007 as 0.07 %. */
  static String percent(double share) {
    return plain(100 * share) + " %";
  }

  /** A number of latents; nothing between whole numbers. */
  static String count(double number) {
    return number == Math.rint(number) ? String.format(Locale.ROOT, "%,.0f", number) : "";
  }

  private static void style(AxesChartStyler styler) {
    styler.setLocale(Locale.ROOT);
    styler.setChartBackgroundColor(Color.WHITE).setChartFontColor(Look.BLACK).setChartPadding(10);
    styler
        .setChartTitleFont(new ChartFont(Font.BOLD, 14))
        .setChartTitleBoxVisible(false)
        .setChartTitlePadding(4);
    styler.setPlotBackgroundColor(Color.WHITE).setPlotBorderVisible(false).setPlotContentSize(0.97);
    styler.setLegendVisible(false);
    styler
        .setAnnotationTextFont(new ChartFont(Font.PLAIN, 12))
        .setAnnotationTextFontColor(Look.BLACK);
    styler
        .setAxisTitleFont(new ChartFont(Font.PLAIN, 12))
        .setAxisTickLabelsFont(new ChartFont(Font.PLAIN, 11));
    styler.setYAxisTickLabelsFormattingFunction(Charts::plain);
    styler.setAxisTickMarksColor(Look.GREY).setPlotMargin(0);
    styler.setPlotGridLinesColor(Look.GRID).setPlotGridLinesStroke(new BasicStroke(0.7f));
    styler.setMarkerSize(7);
  }
}
