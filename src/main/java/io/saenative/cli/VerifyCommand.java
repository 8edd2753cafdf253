package io.saenative.cli;

import io.saenative.run.Backends;
import io.saenative.verify.Check;
import io.saenative.verify.Trace;
import io.saenative.verify.TraceReplay;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Proves an installation: repeats recorded PyTorch runs and compares every quantity. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = {
      "Repeats training runs recorded in PyTorch from their initial weights and row order, and"
          + " compares gradients, losses, weights, Adam moments, metrics and codes. Exit code 1 if"
          + " one is further off than rounding explains.",
      "Errors of tensors are norms of the difference over the norm of what was recorded; those of"
          + " losses are relative to the recorded loss; those of explained variance, death rate and"
          + " selected latents are differences of shares."
    },
    footerHeading = "%nExample:%n",
    footer = "  sae-native verify --trace small_f32.safetensors --backend cpu")
final class VerifyCommand implements Callable<Integer> {
  private static final String ROW = "%-30s %12s %12s  %-4s %s%n";

  @Option(
      names = "--trace",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Recorded runs.")
  private List<Path> traces;

  @Mixin private EngineOptions engine;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    // A file that is no trace is refused before any is replayed.
    List<Trace> recorded = traces.stream().map(Trace::read).toList();
    Backends.Choice choice = engine.compute().choose();
    PrintWriter out = spec.commandLine().getOut();
    out.printf("backend  %s (%s)%n", choice.describe(), choice.reason());
    int failed = 0;
    for (Trace trace : recorded) {
      List<Check> checks = TraceReplay.replay(choice.engine(), trace);
      print(out, trace, checks);
      failed += checks.stream().allMatch(Check::ok) ? 0 : 1;
    }
    out.println();
    TraceReplay.leftOut(choice.engine().precision()).ifPresent(out::println);
    out.println(
        failed == 0
            ? "verified: " + recorded.size() + " of " + recorded.size() + " traces within tolerance"
            : "NOT verified: " + failed + " of " + recorded.size() + " traces out of tolerance");
    return failed == 0 ? 0 : 1;
  }

  private static void print(PrintWriter out, Trace trace, List<Check> checks) {
    out.printf(
        "%n%s: d_in %d, d_sae %d, k %d, %d updates in %d epochs, recorded in %s%n",
        trace.name(),
        trace.config().dIn(),
        trace.config().dSae(),
        trace.config().k(),
        trace.steps(),
        trace.epochs(),
        trace.dtype());
    out.printf(ROW, "quantity", "worst error", "tolerance", "ok", "worst at");
    for (Check c : checks) {
      out.printf(
          ROW,
          c.quantity(),
          number(c.worstError()),
          number(c.tolerance()),
          c.ok() ? "yes" : "NO",
          c.where());
    }
  }

  private static String number(double value) {
    return value == 0 ? "0" : "%.1e".formatted(value);
  }
}
