package io.saenative.report.html;

import io.saenative.report.figures.Figures;
import io.saenative.report.figures.Figures.Drawn;
import java.util.List;
import java.util.Optional;

/** The figures, drawn into the page. */
final class FiguresSection {
  private FiguresSection() {}

  /**
   * @param obstacle why there are none
   */
  static String of(List<Drawn> figures, Optional<String> obstacle, boolean synthetic) {
    StringBuilder html = new StringBuilder();
    obstacle.ifPresent(
        reason -> html.append("<p class=\"note\">").append(Html.escape(reason)).append("</p>\n"));
    for (Drawn figure : figures) {
      String file = Figures.FOLDER + "/" + figure.name();
      String svg = figure.svg().substring(figure.svg().indexOf("<svg"));
      String mark = synthetic ? "<span class=\"synthetic\">synthetic data</span> " : "";
      html.append("<figure id=\"").append(figure.name()).append("\">\n");
      html.append("<div class=\"picture\" role=\"img\" aria-label=\"")
          .append(Html.escape(figure.title()))
          .append("\">");
      html.append(svg)
          .append("</div>\n<figcaption>")
          .append(mark)
          .append(Html.escape(figure.caption()));
      html.append(" Files: ")
          .append(file)
          .append(".png, ")
          .append(file)
          .append(".svg</figcaption>\n</figure>\n");
    }
    return Html.section("figures", "Figures", synthetic, html.toString());
  }
}
