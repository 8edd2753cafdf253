package io.saenative.cli;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.data.Activations.Source;
import io.saenative.report.ReportWriter;
import io.saenative.run.Experiment;
import io.saenative.run.ExperimentConfig.Recipe;
import io.saenative.run.RunData;
import io.saenative.run.RunFolder.Kind;
import io.saenative.train.History;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Trains and analyses one SAE for each K. */
@Command(
    name = "run",
    customSynopsis = "sae-native [run] --k K... [OPTION...]",
    description =
        "Trains one SAE for each K, evaluates it on the validation rows, saves and analyses it.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sae-native run --k 300",
      "  sae-native run --k 100 200 300 --train-data train.pt --val-data val.pt \\",
      "      --layer 14 --position 3",
      "  sae-native run --k 64 --select relu --pre-bias --train-data a.npy \\",
      "      --val-data b.npy --output-dir results/mine",
      "  sae-native run --k 300 --resume",
      "%nExit codes: 0 done, 1 failed, 2 wrong usage,",
      "130 interrupted (go on with --resume)."
    })
final class RunCommand extends Task {
  @Spec private CommandSpec command;
  @Mixin private RunOptions options;
  @Mixin private AnalysisOptions analysis;

  @Override
  Optional<String> mistake() {
    return options.mistake().or(analysis::mistake);
  }

  @Override
  int run(Console console) {
    Experiment experiment = Experiment.prepare(options.config(analysis, command()));
    printHeader(console.out(), experiment);
    try (Interruption interruption = new Interruption(console.err())) {
      Events events = new Events(console, experiment);
      if (!experiment.run(events, interruption)) {
        console.finding("interrupted; the same command with --resume goes on from here");
        return INTERRUPTED;
      }
      printResults(console, experiment, events.specialisation);
      return DONE;
    }
  }

  /** The words that started this, as a shell would take them. */
  private String command() {
    return "sae-native "
        + command.commandLine().getParseResult().originalArgs().stream()
            .map(RunCommand::quoted)
            .collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    return word.matches("[\\w./:@%+=,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** Says what is about to be done. */
  private static void printHeader(PrintWriter out, Experiment experiment) {
    RunData data = experiment.data();
    Source train = data.train().source();
    Source validation = data.validation().source();
    String files =
        train.description().equals(validation.description())
            ? train.description()
            : train.description() + ", " + validation.description();
    boolean synthetic = train.synthetic() || validation.synthetic();
    line(out, "data", (synthetic ? "SYNTHETIC, not recorded from a model: " : "") + files);
    line(
        out,
        "rows",
        "%,d training, %,d validation, %,d wide%s"
            .formatted(
                data.train().rows(),
                data.validation().rows(),
                data.train().dIn(),
                data.site().map(site -> "; " + site).orElse("")));
    line(out, "model", model(experiment));
    line(out, "backend", experiment.backend().describe());
    line(out, "seed", String.valueOf(experiment.config().recipe().seed()));
    line(out, "results", experiment.folder().path().toString());
    if (data.sharedRows() > 0) {
      line(
          out,
          "note",
          "%,d of the %,d validation rows are training rows as well: what is measured on them flatters the SAE"
              .formatted(data.sharedRows(), data.validation().rows()));
    }
    out.flush();
  }

  private static String model(Experiment experiment) {
    Recipe recipe = experiment.config().recipe();
    double factor = experiment.data().inputFactor();
    return "%s, K = %s, select %s%s%s; %s, batches of %d"
        .formatted(
            Console.count(recipe.dSae(), "latent"),
            experiment.config().ks().stream()
                .map(String::valueOf)
                .collect(Collectors.joining(", ")),
            recipe.selection(),
            recipe.preBias() ? ", pre-bias" : "",
            factor == 1 ? "" : ", input times %.6g".formatted(factor),
            Console.count(recipe.epochs(), "epoch"),
            recipe.optimizer().batchSize());
  }

  private static void line(PrintWriter out, String what, String text) {
    out.printf("%-8s %s%n", what, text);
  }

  /** The comparison over K on the validation rows, the report, and last what was found. */
  private static void printResults(
      Console console, Experiment experiment, SpecialisationTable specialisation) {
    PrintWriter out = console.out();
    Path summary = experiment.folder().file(Kind.SUMMARY, experiment.data().site());
    ResultsTable.print(out, experiment);
    if (experiment.config().analysis().isPresent()) {
      specialisation.print(out);
      out.flush();
      ReportWriter.Written written = ReportWriter.write(experiment.folder().path());
      written.note().ifPresent(note -> line(out, "note", note));
      line(out, "report", written.page().toString());
    }
    line(out, "summary", summary.toString());
    console.json(summary);
    console.finding(ResultsTable.finding(experiment));
  }

  /** Tells of the trainings and keeps the tables' lines. */
  private static final class Events implements Experiment.Listener {
    private final Console console;
    private final Experiment experiment;
    private final SpecialisationTable specialisation = new SpecialisationTable();
    private @Nullable Progress progress;

    Events(Console console, Experiment experiment) {
      this.console = console;
      this.experiment = experiment;
    }

    @Override
    public void trains(int k, int epochsDone) {
      int epochs = experiment.config().recipe().epochs();
      if (experiment.resumes()) {
        String from =
            epochsDone == epochs
                ? "already trained for " + Console.count(epochs, "epoch")
                : "goes on after epoch " + epochsDone;
        console
            .out()
            .println("K = " + k + ": " + (epochsDone == 0 ? "no checkpoint, starts fresh" : from));
      }
      progress = new Progress(console, k, epochsDone, epochs);
    }

    @Override
    public void epochDone(int k, History history) {
      Objects.requireNonNull(progress).epochDone(history);
    }

    @Override
    public void trained(int k) {
      Objects.requireNonNull(progress).close();
    }

    @Override
    public void analysed(DictionaryAnalysis analysis, double seconds) {
      specialisation.add(analysis, seconds);
    }
  }
}
