package io.saenative.report.figures;

import java.awt.BasicStroke;
import java.awt.Color;

/**
 * The colours of Okabe and Ito, which any colour vision can tell apart, those of most contrast on
 * white first.
 */
final class Palette {
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

  private static final Color[] SERIES = {BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK};
  private static final float[][] DASHES = {null, {7, 4}, {2, 3}};
  private static final float WIDTH = 1.8f;

  private Palette() {}

  /** The colour of a series; after the last one they begin again, with other dashes. */
  static Color colour(int series) {
    return SERIES[series % SERIES.length];
  }

  static BasicStroke stroke(int series) {
    return stroke(DASHES[series / SERIES.length % DASHES.length]);
  }

  static BasicStroke solid() {
    return stroke(DASHES[0]);
  }

  static BasicStroke dashed() {
    return stroke(DASHES[1]);
  }

  static BasicStroke dotted() {
    return stroke(DASHES[2]);
  }

  private static BasicStroke stroke(float[] dash) {
    return new BasicStroke(WIDTH, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dash, 0);
  }
}
