package io.saenative.report.html;

import io.saenative.report.figures.Figures.Drawn;
import io.saenative.report.input.RunFiles;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Optional;

/** {@code report.html}: one file that needs nothing but a browser. */
public final class ReportPage {
  private ReportPage() {}

  /**
   * Writes the page.
   *
   * @param figures drawn for it
   * @param obstacle why there are no figures, if so
   */
  public static void write(Writer out, RunFiles run, List<Drawn> figures, Optional<String> obstacle) throws IOException {
    String[] template = Template.of("template.html").split("\\{\\{latent-data}}", 2);
    out.write(
        template[0]
            .replace("{{title}}", Html.escape(title(run)))
            .replace("{{style}}", Template.of("style.css"))
            .replace("{{synthetic}}", run.synthetic() ? Template.of("synthetic.html") : "")
            .replace("{{run}}", RunSection.of(run))
            .replace("{{tables}}", TablesSection.of(run))
            .replace("{{figures}}", FiguresSection.of(figures, obstacle, run.synthetic()))
            .replace("{{latents}}", LatentsSection.of(run)));
    LatentData.write(out, run.analyses().toList());
    out.write(template[1].replace("{{script}}", Template.of("latents.js") + Template.of("detail.js")));
  }

  private static String title(RunFiles run) {
    return "Large K: %,d latents on %,d inputs, layer %d, position %d"
        .formatted(run.dSae(), run.dIn(), run.layer(), run.position());
  }
}
