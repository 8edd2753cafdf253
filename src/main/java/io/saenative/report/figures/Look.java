package io.saenative.report.figures;

import java.awt.BasicStroke;
import java.awt.Color;
import org.knowm.xchart.internal.series.MarkerSeries;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * How a line is drawn. The colours are those of Okabe and Ito, which any colour vision can tell
 * apart.
 */
record Look(Color colour, BasicStroke stroke, Marker marker) {
  static final Color BLUE = new Color(0x0072B2);
  static final Color VERMILLION = new Color(0xD55E00);
  static final Color ORANGE = new Color(0xE69F00);
  static final Color GREEN = new Color(0x009E73);
  static final Color SKY = new Color(0x56B4E9);
  static final Color PURPLE = new Color(0xCC79A7);
  static final Color BLACK = new Color(0x1A1A1A);
  static final Color GREY = new Color(0x666666);
  static final Color SHADE = new Color(0xE8E8E8);
  static final Color GRID = new Color(0xDDDDDD);

  private static final float WIDTH = 1.8f;
  static final BasicStroke SOLID = strokeOf();
  static final BasicStroke DASHED = strokeOf(7, 4);
  static final BasicStroke DOTTED = strokeOf(2, 3);

  /** What the sound rule finds, in every figure; where a figure has one line only, that line. */
  static final Look SOUND = new Look(BLUE, SOLID, SeriesMarkers.CIRCLE);

  /** What the published rule finds, in every figure. */
  static final Look PUBLISHED = new Look(VERMILLION, SOLID, SeriesMarkers.SQUARE);

  /** Those of most contrast on white first. */
  private static final Color[] COLOURS = {BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK};

  private static final BasicStroke[] STROKES = {SOLID, DASHED, DOTTED};

  /**
   * The look of the i-th K in every figure that has a line a K; after the last colour they begin
   * again, with other dashes.
   */
  static Look ofK(int i, Marker marker) {
    return new Look(
        COLOURS[i % COLOURS.length], STROKES[i / COLOURS.length % STROKES.length], marker);
  }

  /** The look of what chance alone finds, beside what is found in this look. */
  Look byChance() {
    return new Look(colour, DASHED, SeriesMarkers.CROSS);
  }

  void applyTo(MarkerSeries series) {
    series.setLineColor(colour).setLineStyle(stroke);
    series.setMarkerColor(colour).setMarker(marker);
  }

  private static BasicStroke strokeOf(float... dash) {
    return new BasicStroke(
        WIDTH, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dash.length == 0 ? null : dash, 0);
  }
}
