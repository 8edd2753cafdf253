package io.saenative.cli;

import static io.saenative.cli.Console.count;

import io.saenative.run.Backends;
import io.saenative.verify.Check;
import io.saenative.verify.Trace;
import io.saenative.verify.TraceReplay;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Proves an installation: repeats recorded PyTorch runs and compares every quantity. */
@Command(
    name = "verify",
    customSynopsis = "sae-native verify --trace FILE... [OPTION...]",
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
final class VerifyCommand extends Task {
  private static final String ROW = "%-30s %11s %10s  %-3s %s%n";

  @Section.Begins(Section.DATA)
  @Option(
      names = "--trace",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Recorded runs.")
  private List<Path> traces;

  @Mixin private EngineOptions.InOnePrecision engine;

  /** All checks of one trace. */
  private record Replayed(String trace, boolean ok, List<Check> checks) {}

  /** What is printed as JSON. */
  private record Verified(String backend, boolean ok, List<Replayed> traces) {}

  @Override
  int run(Console console) {
    // A file that is no trace is refused before any is replayed.
    List<Trace> recorded = traces.stream().map(Trace::read).toList();
    Backends.Choice choice = engine.compute().choose();
    console.out().printf("backend  %s%n", choice.describe());
    List<Replayed> replayed = new ArrayList<>();
    for (Trace trace : recorded) {
      List<Check> checks = TraceReplay.replay(choice.engine(), trace);
      print(console.out(), trace, checks);
      replayed.add(new Replayed(trace.name(), checks.stream().allMatch(Check::ok), checks));
    }
    console.out().println();
    TraceReplay.leftOut(choice.engine().precision()).ifPresent(console.out()::println);
    boolean ok = replayed.stream().allMatch(Replayed::ok);
    console.json(new Verified(choice.describe(), ok, replayed));
    console.finding(finding(replayed));
    return ok ? DONE : FAILED;
  }

  private static String finding(List<Replayed> replayed) {
    long failed = replayed.stream().filter(trace -> !trace.ok).count();
    String all = count(replayed.size(), "trace");
    return failed == 0
        ? "verified: %d of %s within tolerance".formatted(replayed.size(), all)
        : "NOT verified: %d of %s out of tolerance: %s"
            .formatted(
                failed,
                all,
                replayed.stream()
                    .flatMap(trace -> trace.checks.stream())
                    .filter(check -> !check.ok())
                    .map(Check::quantity)
                    .distinct()
                    .collect(Collectors.joining(", ")));
  }

  private static void print(PrintWriter out, Trace trace, List<Check> checks) {
    out.printf(
        "%n%s: d_in %d, d_sae %d, k %d; %s in %s, recorded in %s%n",
        trace.name(),
        trace.config().dIn(),
        trace.config().dSae(),
        trace.config().k(),
        count(trace.steps(), "update"),
        count(trace.epochs(), "epoch"),
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
    out.flush();
  }

  private static String number(double value) {
    return value == 0 ? "0" : "%.1e".formatted(value);
  }
}
