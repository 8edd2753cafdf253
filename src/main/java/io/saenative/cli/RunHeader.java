package io.saenative.cli;

import io.saenative.run.Backends;
import io.saenative.run.Provenance;
import io.saenative.sae.SaeConfig;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;

/** The block that says what a run is about to do. */
final class RunHeader {
  private RunHeader() {}

  /**
   * Prints it.
   *
   * @param any provenance of one of the run's K; the others differ only in k
   */
  static void print(
      PrintWriter out, RunOptions options, RunData data, Provenance any, Backends.Choice backend) {
    String train = any.train().description();
    String validation = any.validation().description();
    String files = train.equals(validation) ? train : train + ", " + validation;
    line(out, "data", any.synthetic() ? "SYNTHETIC, not recorded from a model: " + files : files);
    line(
        out,
        "rows",
        String.format(
            Locale.ROOT,
            "%,d training, %,d validation, %,d wide; layer %d, position %d",
            data.train().rows(),
            data.validation().rows(),
            data.train().dIn(),
            any.layer(),
            any.position()));
    line(out, "model", model(options, any));
    line(out, "backend", backend.describe() + " (" + backend.reason() + ")");
    line(out, "seed", String.valueOf(any.run().seed()));
    line(out, "results", options.outputDir().toString());
    out.flush();
  }

  private static String model(RunOptions options, Provenance any) {
    SaeConfig sae = any.run().sae();
    return String.format(
        Locale.ROOT,
        "%,d latents, K = %s, select %s%s%s; %d epochs, batches of %d",
        sae.dSae(),
        options.ks().stream().map(String::valueOf).collect(Collectors.joining(", ")),
        sae.selection().name().toLowerCase(Locale.ROOT),
        sae.preBias() ? ", pre-bias" : "",
        any.inputFactor() == 1
            ? ""
            : String.format(Locale.ROOT, ", input times %.6g", any.inputFactor()),
        any.run().epochs(),
        any.run().optimizer().batchSize());
  }

  private static void line(PrintWriter out, String what, String text) {
    out.printf("%-8s %s%n", what, text);
  }
}
