package io.saenative.report.figures;

import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.MarkerSeries;
import org.knowm.xchart.internal.series.Series;

/**
 * The names of a chart's lines below it, in as many rows as they need; the charts' own legends have
 * one.
 */
final class Legend {
  private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 11);
  private static final int ROW = 18;
  private static final int SAMPLE = 26;
  private static final int GAP = 5;
  private static final int BETWEEN = 16;
  private static final int MARKER = 7;

  private final List<MarkerSeries> series;

  Legend(Chart<?, ?> chart) {
    series =
        chart.getSeriesCollection().stream()
            .filter(Series::isShowInLegend)
            .map(MarkerSeries.class::cast)
            .toList();
  }

  /**
   * Paints the legend so that it ends at {@code bottom}, centred between the margins; returns where
   * it begins.
   */
  int paint(Graphics2D g, int width, int margin, int bottom) {
    List<List<MarkerSeries>> rows = rows(g, width - 2 * margin);
    int top = bottom - rows.size() * ROW;
    for (int i = 0; i < rows.size(); i++) {
      double total = rows.get(i).stream().mapToDouble(s -> width(g, s)).sum() - BETWEEN;
      double x = (width - total) / 2;
      for (MarkerSeries s : rows.get(i)) {
        entry(g, s, x, top + (i + 0.5) * ROW);
        x += width(g, s);
      }
    }
    return top;
  }

  private List<List<MarkerSeries>> rows(Graphics2D g, int width) {
    List<List<MarkerSeries>> rows = new ArrayList<>();
    double x = Double.MAX_VALUE;
    for (MarkerSeries s : series) {
      if (x + width(g, s) - BETWEEN > width) {
        rows.add(new ArrayList<>());
        x = 0;
      }
      rows.getLast().add(s);
      x += width(g, s);
    }
    return rows;
  }

  private static double width(Graphics2D g, MarkerSeries s) {
    double name = FONT.getStringBounds(s.getName(), g.getFontRenderContext()).getWidth();
    return SAMPLE + GAP + name + BETWEEN;
  }

  private static void entry(Graphics2D g, MarkerSeries s, double x, double y) {
    if (s instanceof XYSeries xy
        && xy.getXYSeriesRenderStyle().equals(Optional.of(XYSeriesRenderStyle.PolygonArea))) {
      g.setColor(xy.getFillColor());
      g.fill(new Rectangle2D.Double(x, y - MARKER, SAMPLE, 2 * MARKER));
    } else {
      g.setColor(s.getLineColor());
      g.setStroke(s.getLineStyle());
      g.draw(new Line2D.Double(x, y, x + SAMPLE, y));
      g.setStroke(new BasicStroke(1));
      s.getMarker().paint(g, x + SAMPLE / 2.0, y, MARKER);
    }
    g.setColor(Look.BLACK);
    g.setFont(FONT);
    g.drawString(s.getName(), (float) (x + SAMPLE + GAP), (float) y + 4);
  }
}
