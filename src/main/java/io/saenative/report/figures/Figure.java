package io.saenative.report.figures;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.util.List;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * A picture: panels in a grid under a title.
 *
 * @param name of its files, without ending
 * @param title one line above the panels
 * @param caption what there is to see, in a sentence or two
 * @param synthetic whether the data was not recorded from a model, which the picture then says
 * @param columns panels beside each other
 * @param panelWidth in units, which are the pixels that the fonts of charts are sized for
 * @param panelHeight in units, with the legend
 * @param panels left to right, top to bottom
 */
record Figure(
    String name,
    String title,
    String caption,
    boolean synthetic,
    int columns,
    int panelWidth,
    int panelHeight,
    List<? extends Chart<?, ?>> panels) {
  private static final int HEADER = 44;
  private static final int MARGIN = 14;
  private static final String SYNTHETIC = "SYNTHETIC DATA, not recorded from a model";

  int width() {
    return columns * panelWidth;
  }

  int height() {
    return HEADER + Math.ceilDiv(panels.size(), columns) * panelHeight;
  }

  void paint(Graphics2D g) {
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, width(), height());
    paintHeader(g);
    AffineTransform origin = g.getTransform();
    for (int i = 0; i < panels.size(); i++) {
      g.translate(i % columns * panelWidth, HEADER + i / columns * panelHeight);
      int legend = new Legend(panels.get(i)).paint(g, panelWidth, MARGIN, panelHeight - MARGIN);
      panels.get(i).paint(g, panelWidth, legend);
      g.setTransform(origin);
    }
  }

  private void paintHeader(Graphics2D g) {
    g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
    g.setColor(Look.BLACK);
    g.drawString(title, MARGIN, HEADER - MARGIN);
    if (synthetic) {
      g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
      g.setColor(Look.VERMILLION);
      double width = g.getFont().getStringBounds(SYNTHETIC, g.getFontRenderContext()).getWidth();
      g.drawString(SYNTHETIC, (float) (width() - MARGIN - width), HEADER - MARGIN);
    }
  }
}
