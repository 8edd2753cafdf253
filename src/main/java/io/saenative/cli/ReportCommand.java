package io.saenative.cli;

import io.saenative.report.ReportWriter;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes figures and report anew from the files of a run. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    customSynopsis = "sae-native report DIR",
    description =
        "Draws the figures and writes report.html from the summary and the analyses in a run's"
            + " output directory.",
    footerHeading = "%nExample:%n",
    footer = "  sae-native report results/layer14_pos3")
final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The output directory of a run.")
  private Path folder;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    ReportWriter.Written written = ReportWriter.write(folder);
    written.note().ifPresent(note -> out.println("note     " + note));
    out.println("report in " + written.page());
    return 0;
  }
}
