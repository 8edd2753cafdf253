package io.saenative.report.html;

import java.util.List;

/** Text as HTML. Whatever comes from files or options goes through {@link #escape}. */
final class Html {
  private Html() {}

  static String escape(String text) {
    StringBuilder html = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> html.append("&lt;");
        case '>' -> html.append("&gt;");
        case '&' -> html.append("&amp;");
        case '"' -> html.append("&quot;");
        case '\'' -> html.append("&#39;");
        default -> html.append(c);
      }
    }
    return html.toString();
  }

  /** A section of the page with its heading, marked where its data is synthetic. */
  static String section(String id, String heading, boolean synthetic, String content) {
    return "<section id=\"%s\">\n<h2>%s%s</h2>\n%s</section>\n"
        .formatted(
            id,
            escape(heading),
            synthetic ? " <span class=\"synthetic\">synthetic data</span>" : "",
            content);
  }

  /**
   * A table.
   *
   * @param caption what it says, above it
   * @param header names of the columns; the first column names the rows
   * @param rows cells, not yet escaped
   */
  static String table(String caption, List<String> header, List<List<String>> rows) {
    StringBuilder html = new StringBuilder("<div class=\"scroll\"><table>\n<caption>");
    html.append(escape(caption)).append("</caption>\n<thead><tr>");
    header.forEach(name -> html.append("<th scope=\"col\">").append(escape(name)).append("</th>"));
    html.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : rows) {
      html.append("<tr><th scope=\"row\">").append(escape(row.getFirst())).append("</th>");
      row.stream()
          .skip(1)
          .forEach(cell -> html.append("<td>").append(escape(cell)).append("</td>"));
      html.append("</tr>\n");
    }
    return html.append("</tbody></table></div>\n").toString();
  }

  /** Names and what they stand for. */
  static String list(List<List<String>> entries) {
    StringBuilder html = new StringBuilder("<dl>\n");
    entries.forEach(
        e ->
            html.append("<dt>")
                .append(escape(e.getFirst()))
                .append("</dt><dd>")
                .append(escape(e.getLast()))
                .append("</dd>\n"));
    return html.append("</dl>\n").toString();
  }
}
