package io.saenative.cli;

import io.saenative.analysis.Ablation.Effect;
import io.saenative.analysis.AblationReport;
import io.saenative.analysis.AblationReport.Latent;
import io.saenative.analysis.AblationReport.SanityCheck;
import io.saenative.analysis.Intervention;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** What interventions do to the reconstruction. */
final class AblationTable {
  private static final String HEADER = "%-24s %9s %8s %9s %9s %8s %9s %10s %8s  %s%n";
  private static final String LINE = "%-24s %9s %8d %9.5f %9.4f %8.4f %8.3f%% %10.6f %8.3f  %s%n";

  private AblationTable() {}

  static void print(PrintWriter out, AblationReport report) {
    out.println();
    out.printf(
        HEADER,
        "intervention",
        "frequency",
        "changed",
        "mean |d|",
        "max |d|",
        "mean L2",
        "relative",
        "loss",
        "EV %",
        "impact");
    for (AblationReport.Result result : report.results()) {
      Effect e = result.effect();
      out.printf(
          Locale.ROOT,
          LINE,
          name(e.intervention()),
          frequency(result.latents()),
          e.rowsChanged(),
          e.difference().meanAbsDiff(),
          e.difference().maxAbsDiff(),
          e.difference().meanL2Diff(),
          100 * e.difference().relativeChange(),
          e.loss().change(),
          100 * e.evGlobal().change(),
          e.impact());
    }
    Effect any = report.results().getFirst().effect();
    out.printf(
        Locale.ROOT,
        "on %,d %srows, d = changed - unchanged reconstruction; changed: rows on which the code"
            + " changes; loss and EV are%nchanges from %.6f and %.2f %%%n",
        report.data().rows(),
        report.data().validation().synthetic() ? "SYNTHETIC " : "",
        any.loss().before(),
        100 * any.evGlobal().before());
    report.sanityChecks().forEach(check -> out.println("check: " + check.check() + verdict(check)));
    out.println(report.note());
  }

  private static String verdict(SanityCheck check) {
    return check.passed() == null
        ? ""
        : check.passed() ? ": true" : ": FALSE, so these figures cannot be trusted";
  }

  private static String name(Intervention intervention) {
    return switch (intervention) {
      case Intervention.Zero(var latents) when latents.size() > 1 -> "remove all " + latents.size();
      case Intervention.Zero(var latents) -> "remove " + latents.getFirst();
      case Intervention.Swap(int a, int b) -> "swap " + a + " and " + b;
      case Intervention.Scale(int latent, double factor) -> "scale " + latent + " by " + factor;
    };
  }

  private static String frequency(List<Latent> latents) {
    return latents.size() == 1
        ? String.format(Locale.ROOT, "%.2f%%", 100 * latents.getFirst().frequency())
        : "";
  }
}
