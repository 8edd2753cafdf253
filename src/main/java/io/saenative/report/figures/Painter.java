package io.saenative.report.figures;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.GlyphVector;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import org.knowm.xchart.internal.chartpart.Chart;

/** Paints a figure as pixels or as SVG. */
final class Painter {
  /** A unit is the pixel of charts; their fonts are sized for this many an inch. */
  static final int UNITS_PER_INCH = 100;

  private static final int HEADER = 44;
  private static final int MARGIN = 14;
  private static final String SYNTHETIC = "SYNTHETIC DATA, not recorded from a model";

  private final Figure figure;
  private final int width;
  private final int height;

  Painter(Figure figure) {
    this.figure = figure;
    width = figure.columns() * figure.panelWidth();
    height = HEADER + figure.rows() * figure.panelHeight();
  }

  BufferedImage pixels(int dotsPerInch) {
    double scale = (double) dotsPerInch / UNITS_PER_INCH;
    BufferedImage image =
        new BufferedImage(
            (int) Math.round(scale * width),
            (int) Math.round(scale * height),
            BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.scale(scale, scale);
    paint(g);
    g.dispose();
    return image;
  }

  /** The text of an SVG file. */
  String svg() {
    SvgDocument document = new SvgDocument(figure.name(), width, height);
    paint(new SvgGraphics(document));
    return document.text();
  }

  private void paint(Graphics2D g) {
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, width, height);
    header(g);
    AffineTransform origin = g.getTransform();
    for (int i = 0; i < figure.panels().size(); i++) {
      g.translate(
          i % figure.columns() * figure.panelWidth(),
          HEADER + i / figure.columns() * figure.panelHeight());
      panel(g, figure.panels().get(i));
      g.setTransform(origin);
    }
  }

  private void panel(Graphics2D g, Chart<?, ?> chart) {
    int legend =
        new Legend(chart).paint(g, figure.panelWidth(), MARGIN, figure.panelHeight() - MARGIN);
    chart.paint(g, figure.panelWidth(), legend);
  }

  private void header(Graphics2D g) {
    text(g, figure.title(), 18, Palette.BLACK, false);
    if (figure.synthetic()) {
      text(g, SYNTHETIC, 14, Palette.VERMILLION, true);
    }
  }

  /** As outlines, like all text of the charts, so that an SVG needs no font where it is read. */
  private void text(Graphics2D g, String text, int size, Color colour, boolean right) {
    Font font = new Font(Font.SANS_SERIF, Font.BOLD, size);
    GlyphVector glyphs = font.createGlyphVector(g.getFontRenderContext(), text);
    double x = right ? width - MARGIN - glyphs.getLogicalBounds().getWidth() : MARGIN;
    g.setColor(colour);
    g.fill(glyphs.getOutline((float) x, HEADER - MARGIN));
  }
}
