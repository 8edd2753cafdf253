package io.saenative.report;

import io.saenative.format.AtomicFile;
import io.saenative.report.figures.Figures;
import io.saenative.report.figures.Figures.Drawn;
import io.saenative.report.html.ReportPage;
import io.saenative.run.RunFolder;
import io.saenative.run.RunResults;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Figures and report of a run, made from the files it left and from nothing else. */
public final class ReportWriter {
  private ReportWriter() {}

  /**
   * What was written.
   *
   * @param page the report
   * @param figures number of figures drawn
   * @param note why there are no figures; empty if there are
   */
  public record Written(Path page, int figures, Optional<String> note) {}

  /**
   * Reads the summary and the analyses in a run's output folder and writes {@code figures/*.png},
   * {@code figures/*.svg} and {@code report.html} beside them.
   *
   * @throws io.saenative.UserError if the folder holds no results, or such as do not belong
   *     together
   */
  public static Written write(Path outputDir) {
    System.setProperty("java.awt.headless", "true");
    RunResults run = RunResults.read(new RunFolder(outputDir));
    Optional<String> obstacle = Figures.obstacle();
    List<Drawn> figures = obstacle.isPresent() ? List.of() : Figures.write(run);
    Path page = run.folder().report();
    AtomicFile.write(
        page,
        out -> {
          Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
          new ReportPage(run, figures, obstacle).write(writer);
          writer.flush();
        });
    return new Written(page, figures.size(), obstacle);
  }
}
