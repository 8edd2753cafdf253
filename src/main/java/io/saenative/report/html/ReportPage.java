package io.saenative.report.html;

import io.saenative.report.figures.Figures.Drawn;
import io.saenative.run.RunFiles;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code report.html}: one file that needs nothing but a browser. */
public final class ReportPage {
  private ReportPage() {}

  /**
   * Writes the page.
   *
   * @param figures drawn for it
   * @param obstacle why there are no figures, if so
   */
  public static void write(Writer out, RunFiles run, List<Drawn> figures, Optional<String> obstacle)
      throws IOException {
    List<String> halves =
        List.of(Template.of("template.html").split(Pattern.quote("{{latent-data}}"), 2));
    boolean synthetic = run.synthetic();
    out.write(
        Template.fill(
            halves.getFirst(),
            Map.of(
                "title", Html.escape(title(run)),
                "style", Template.of("style.css"),
                "synthetic",
                    synthetic
                        ? Template.fill(
                            Template.of("synthetic.html"), Map.of("what", whatIsSynthetic(run)))
                        : "",
                "run", RunSection.of(run),
                "tables", TablesSection.of(run),
                "figures", FiguresSection.of(figures, obstacle, synthetic),
                "latents", LatentsSection.of(run))));
    LatentData.write(out, run.analyses().toList());
    out.write(
        Template.fill(
            halves.getLast(),
            Map.of("script", Template.of("latents.js") + "\n" + Template.of("detail.js"))));
  }

  private static String whatIsSynthetic(RunFiles run) {
    if (run.trainedOnSynthetic() && run.analysedOnSynthetic()) {
      return "nothing on this page was recorded from a model";
    }
    return run.trainedOnSynthetic()
        ? "what is looked at here was trained on rows that were not recorded from a model; the rows"
            + " analysed were"
        : "the rows analysed were not recorded from a model; the rows that the SAE was trained on"
            + " were, or are not known";
  }

  private static String title(RunFiles run) {
    return "Large K: %,d latents on %,d inputs%s"
        .formatted(run.dSae(), run.dIn(), run.site().map(site -> ", " + site).orElse(""));
  }
}
