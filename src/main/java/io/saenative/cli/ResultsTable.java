package io.saenative.cli;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.run.Experiment;
import io.saenative.run.RunResults.KResult;
import io.saenative.run.RunSummary.Metrics;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/** The comparison over K, on the validation rows. */
final class ResultsTable {
  private ResultsTable() {}

  static void print(PrintWriter out, Experiment experiment) {
    List<KResult> results = experiment.results();
    out.println();
    out.println("     K    EV %      loss       L0   alive    dead  seconds");
    for (KResult result : results) {
      Metrics m = result.training().orElseThrow().metrics();
      out.printf(
          "%6d  %6s  %8.5f  %7.1f  %6d  %6d  %7.2f%n",
          result.k(),
          percent(m.explainedVariance()),
          m.reconstructionLoss(),
          m.l0Norm(),
          m.numActiveFeatures(),
          m.numDeadFeatures(),
          result.details().orElseThrow().seconds());
    }
    out.printf(
        "on the %,d %svalidation rows; EV is 1 - Var(e)/Var(x) over all elements%n",
        experiment.data().validation().rows(), synthetic(experiment));
    if (results.stream().anyMatch(r -> Double.isNaN(r.explainedVariance()))) {
      out.println(
          "EV is undefined: all values of the validation rows are the same number, so there is no"
              + " variance to explain");
    }
  }

  /** What came out, in one line. */
  static String finding(Experiment experiment) {
    List<KResult> results = experiment.results();
    String quality =
        results.stream()
            .map(r -> percent(r.explainedVariance()))
            .collect(Collectors.joining(" → "));
    boolean tested =
        results.stream()
            .allMatch(r -> r.analysis().filter(DictionaryAnalysis::testable).isPresent());
    String specialised =
        results.stream()
            .flatMap(r -> r.analysis().stream())
            .flatMap(a -> a.specialised().stream())
            .map(s -> String.valueOf(s.sound().count()))
            .collect(Collectors.joining(" → "));
    return "K = %s: EV %s %%%s on %svalidation rows"
        .formatted(
            results.stream().map(r -> String.valueOf(r.k())).collect(Collectors.joining(", ")),
            quality,
            tested ? ", specialised latents (sound rule) " + specialised : "",
            synthetic(experiment));
  }

  private static String synthetic(Experiment experiment) {
    return experiment.data().validation().source().synthetic() ? "SYNTHETIC " : "";
  }

  /** A share; a dash where it is undefined. */
  static String percent(double share) {
    return Double.isFinite(share) ? "%.2f".formatted(100 * share) : "-";
  }
}
