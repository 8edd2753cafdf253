package io.saenative.report.figures;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.Stroke;
import java.awt.geom.PathIterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** An SVG file of paths, each with its colour; equal clips are written once. */
final class SvgDocument {
  private static final char[] SEGMENTS = {'M', 'L', 'Q', 'C', 'Z'};
  private static final int[] COORDINATES = {2, 2, 4, 6, 0};

  private final String name;
  private final int width;
  private final int height;
  private final StringBuilder body = new StringBuilder();
  private final Map<String, String> clips = new LinkedHashMap<>();

  /**
   * @param name begins the names within the document, so that several can stand in one page
   */
  SvgDocument(String name, int width, int height) {
    this.name = name;
    this.width = width;
    this.height = height;
  }

  void area(Shape shape, Color colour, Shape clip) {
    path(shape, "fill=\"" + hex(colour) + "\"" + opacity("fill", colour), clip);
  }

  /**
   * @param stroke with its width in units of the page
   */
  void line(Shape shape, Color colour, Stroke stroke, Shape clip) {
    if (!(stroke instanceof BasicStroke basic)) {
      area(stroke.createStrokedShape(shape), colour, clip);
      return;
    }
    StringBuilder style =
        new StringBuilder(
            "fill=\"none\" stroke=\"" + hex(colour) + "\"" + opacity("stroke", colour));
    style.append(" stroke-width=\"").append(number(basic.getLineWidth())).append('"');
    if (basic.getDashArray() != null) {
      style.append(" stroke-dasharray=\"");
      for (float dash : basic.getDashArray()) {
        style.append(number(dash)).append(' ');
      }
      style.append('"');
    }
    switch (basic.getEndCap()) {
      case BasicStroke.CAP_ROUND -> style.append(" stroke-linecap=\"round\"");
      case BasicStroke.CAP_SQUARE -> style.append(" stroke-linecap=\"square\"");
      default -> {} // butt, as without saying
    }
    switch (basic.getLineJoin()) {
      case BasicStroke.JOIN_ROUND -> style.append(" stroke-linejoin=\"round\"");
      case BasicStroke.JOIN_BEVEL -> style.append(" stroke-linejoin=\"bevel\"");
      default -> {} // mitre, as without saying
    }
    path(shape, style.toString(), clip);
  }

  /** The text of the file. */
  String text() {
    StringBuilder svg = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
            .formatted(width, height, width, height));
    clips.forEach(
        (d, id) ->
            svg.append("<clipPath id=\"")
                .append(id)
                .append("\"><path d=\"")
                .append(d)
                .append("\"/></clipPath>\n"));
    return svg.append(body).append("</svg>\n").toString();
  }

  private void path(Shape shape, String style, Shape clip) {
    String d = data(shape);
    if (d.isEmpty()) {
      return;
    }
    body.append("<path d=\"").append(d).append("\" ").append(style);
    if (clip != null) {
      String id = clips.computeIfAbsent(data(clip), _ -> name + "_clip" + clips.size());
      body.append(" clip-path=\"url(#").append(id).append(")\"");
    }
    body.append("/>\n");
  }

  private static String data(Shape shape) {
    StringBuilder d = new StringBuilder();
    double[] at = new double[6];
    for (PathIterator path = shape.getPathIterator(null); !path.isDone(); path.next()) {
      int segment = path.currentSegment(at);
      d.append(SEGMENTS[segment]);
      for (int i = 0; i < COORDINATES[segment]; i++) {
        d.append(i == 0 ? "" : " ").append(number(at[i]));
      }
    }
    return d.toString();
  }

  /** To a hundredth of a unit, which is finer than any screen. */
  private static String number(double value) {
    double hundredths = Math.round(100 * value);
    return hundredths % 100 == 0
        ? String.valueOf((long) (hundredths / 100))
        : String.valueOf(hundredths / 100);
  }

  private static String hex(Color colour) {
    return "#%06x".formatted(colour.getRGB() & 0xFFFFFF);
  }

  private static String opacity(String what, Color colour) {
    return colour.getAlpha() == 255
        ? ""
        : " %s-opacity=\"%s\"".formatted(what, number(colour.getAlpha() / 255.0));
  }
}
