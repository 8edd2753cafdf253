package io.saenative.cli;

import io.saenative.report.ReportWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Makes figures and report anew from the files of a run. */
@Command(
    name = "report",
    customSynopsis = "sae-native report DIR [OPTION...]",
    description =
        "Draws the figures and writes report.html from the summary and the analyses in a run's"
            + " output directory.",
    footerHeading = "%nExample:%n",
    footer = "  sae-native report results/layer14_pos3")
final class ReportCommand extends Task {
  @Parameters(paramLabel = "DIR", description = "The output directory of a run.")
  private Path folder;

  /** What was written, as JSON. */
  private record Written(String report, int figures, @Nullable String note) {}

  @Override
  int run(Console console) {
    ReportWriter.Written written = ReportWriter.write(folder);
    written.note().ifPresent(note -> console.out().println("note     " + note));
    console.json(
        new Written(written.page().toString(), written.figures(), written.note().orElse(null)));
    console.finding(
        "report with %s in %s"
            .formatted(Console.count(written.figures(), "figure"), written.page()));
    return DONE;
  }
}
