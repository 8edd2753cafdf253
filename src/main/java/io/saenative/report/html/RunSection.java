package io.saenative.report.html;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.Labelled;
import io.saenative.analysis.sound.Criteria;
import io.saenative.data.Activations.Source;
import io.saenative.run.KResult;
import io.saenative.run.RunFiles;
import io.saenative.run.RunSummary;
import io.saenative.run.RunSummary.Computer;
import io.saenative.run.RunSummary.Details;
import io.saenative.run.RunSummary.Ours;
import io.saenative.run.RunSummary.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What was run: on what data, with what settings, by what program, when and how long. */
final class RunSection {
  private final RunFiles run;
  private final List<List<String>> entries = new ArrayList<>();

  private RunSection(RunFiles run) {
    this.run = run;
  }

  static String of(RunFiles run) {
    RunSection section = new RunSection(run);
    run.summary().ifPresent(section::training);
    run.analyses().findFirst().ifPresent(section::analysis);
    return Html.section(
        "run", "What was run", run.synthetic(), Html.list(section.entries) + section.results());
  }

  private void training(RunSummary summary) {
    Ours ours = summary.saeNative();
    entries.add(
        List.of(
            "Command",
            ours.results().values().stream()
                .map(details -> details.computedBy().command())
                .distinct()
                .collect(Collectors.joining("; "))));
    entries.add(List.of("Training data", source(ours.data().train())));
    entries.add(List.of("Validation data", source(ours.data().validation())));
    if (ours.data().sharedRows() > 0) {
      entries.add(
          List.of(
              "Shared rows",
              "%,d validation rows are training rows as well".formatted(ours.data().sharedRows())));
    }
    entries.add(
        List.of(
            "Settings",
            ours.settings().entrySet().stream()
                .filter(e -> !e.getKey().endsWith("sha256"))
                .map(e -> e.getKey() + " " + e.getValue())
                .collect(Collectors.joining(", "))));
  }

  private static String source(Rows rows) {
    return source(new Source(rows.source(), rows.sha256(), rows.synthetic()), rows.rows());
  }

  private static String source(Source data, int rows) {
    String mark = data.synthetic() ? "SYNTHETIC: " : "";
    return "%s%s; %,d rows; sha256 %s".formatted(mark, data.description(), rows, data.sha256());
  }

  private static String source(Source data) {
    return "%s%s; sha256 %s"
        .formatted(data.synthetic() ? "SYNTHETIC: " : "", data.description(), data.sha256());
  }

  private void analysis(DictionaryAnalysis a) {
    if (run.summary().isEmpty()) {
      entries.add(
          List.of(
              "Trained beside",
              a.sae().trainedBeside() == null
                  ? "not told by the checkpoint"
                  : source(a.sae().trainedBeside())));
      entries.add(List.of("Rows analysed", source(a.data().validation(), a.data().rows())));
    }
    entries.add(
        List.of(
            "Window",
            "ranks %d to %d by frequency"
                .formatted(a.activity().window().start(), a.activity().window().end())));
    if (a.labelled() != null) {
      labelled(a.labelled());
    }
  }

  private void labelled(Labelled a) {
    Criteria c = a.criteria();
    entries.add(
        List.of(
            "Sound rule",
            "q < %s, precision ≥ %s, lift ≥ %s, support ≥ %d"
                .formatted(c.q(), c.precision(), c.lift(), c.minSupport())));
    var control = a.specialised().control();
    if (control != null) {
      entries.add(
          List.of(
              "Chance level",
              "%,d permutations of the labels over %,d rows, seed %d"
                  .formatted(control.permutations(), control.rows(), control.seed())));
    }
    if (a.conceptsLeftOut() > 0) {
      entries.add(
          List.of(
              "Concepts",
              "the %,d most frequent are tested, %,d more are not"
                  .formatted(a.concepts().size(), a.conceptsLeftOut())));
    }
    var parsed = a.parseReport();
    long malformed = parsed.malformed().values().stream().mapToLong(Long::longValue).sum();
    String reasons =
        parsed.malformed().entrySet().stream()
            .map(
                e ->
                    e.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                        + " "
                        + e.getValue())
            .collect(Collectors.joining(", "));
    entries.add(
        List.of(
            "Steps parsed",
            "%,d steps in %,d rows, %,d of them malformed%s; %,d rows without steps"
                .formatted(
                    parsed.steps(),
                    parsed.rows(),
                    malformed,
                    malformed == 0 ? "" : " (" + reasons + ")",
                    parsed.rowsWithoutSteps())));
  }

  private String results() {
    List<List<String>> rows = run.results().stream().map(RunSection::result).toList();
    return Html.table(
        "Who computed what",
        List.of(
            "K",
            "seconds of training",
            "backend",
            "runs on",
            "version",
            "Java",
            "system",
            "checkpoint",
            "analysed",
            "analysed by"),
        rows);
  }

  private static List<String> result(KResult r) {
    List<String> cells = new ArrayList<>();
    cells.add(String.valueOf(r.k()));
    cells.add(Numbers.decimals(r.details().map(Details::seconds).orElse(Double.NaN), 2));
    cells.add(computer(r, Computer::backend));
    cells.add(computer(r, Computer::runsOn));
    cells.add(computer(r, Computer::version));
    cells.add(computer(r, Computer::java));
    cells.add(computer(r, Computer::system));
    cells.add(r.details().map(Details::checkpoint).orElse(Numbers.UNKNOWN));
    cells.add(r.analysis().map(a -> a.madeBy().date()).orElse("not analysed"));
    cells.add(
        r.analysis()
            .map(a -> a.madeBy().backend() + ", version " + a.madeBy().programVersion())
            .orElse(Numbers.UNKNOWN));
    return cells;
  }

  private static String computer(KResult r, Function<Computer, String> what) {
    return r.details().map(Details::computedBy).map(what).orElse(Numbers.UNKNOWN);
  }
}
