package io.saenative.cli;

import io.saenative.run.Summary;
import io.saenative.sae.Evaluation;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The comparison over K, on the validation rows. */
final class ResultsTable {
  private ResultsTable() {}

  static void print(PrintWriter out, List<Summary.Result> results) {
    out.println();
    out.println("     K    EV %      loss       L0   alive    dead  seconds");
    for (Summary.Result result :
        results.stream().sorted(Comparator.comparingInt(ResultsTable::k)).toList()) {
      Evaluation v = result.validation();
      out.printf(
          Locale.ROOT,
          "%6d  %6s  %8.5f  %7.1f  %6d  %6d  %7.2f%n",
          k(result),
          percent(v.evGlobal()),
          v.loss(),
          v.l0(),
          v.firingCount().length - v.dead(),
          v.dead(),
          result.history().seconds());
    }
    Summary.Result any = results.getFirst();
    out.printf(
        Locale.ROOT,
        "on the %,d %svalidation rows; EV is 1 - Var(e)/Var(x) over all elements%n",
        any.validation().rows(),
        any.provenance().synthetic() ? "SYNTHETIC " : "");
    if (any.validation().constant()) {
      out.println(
          "EV is undefined: all values of the validation rows are the same number, so there is no"
              + " variance to explain");
    }
  }

  /** A share; a dash where it is undefined. */
  static String percent(double share) {
    return Double.isFinite(share) ? String.format(Locale.ROOT, "%.2f", 100 * share) : "-";
  }

  private static int k(Summary.Result result) {
    return result.provenance().run().sae().k();
  }
}
