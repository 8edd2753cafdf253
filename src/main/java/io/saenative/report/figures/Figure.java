package io.saenative.report.figures;

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
 * @param panelWidth in units of {@link Painter#UNITS_PER_INCH}
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
  int rows() {
    return Math.ceilDiv(panels.size(), columns);
  }
}
