package io.saenative.report.html;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.run.RunFiles;
import java.util.Map;

/** The frame that the page's script fills with the table of latents. */
final class LatentsSection {
  private LatentsSection() {}

  static String of(RunFiles run) {
    StringBuilder options = new StringBuilder();
    run.analyses()
        .map(DictionaryAnalysis::k)
        .forEach(k -> options.append("<option value=\"%d\">K = %d</option>".formatted(k, k)));
    String content =
        options.isEmpty()
            ? "<p class=\"note\">No K was analysed.</p>\n"
            : Template.fill(Template.of("latents.html"), Map.of("ks", options.toString()));
    return Html.section("latents", "Latents", run.synthetic(), content);
  }
}
