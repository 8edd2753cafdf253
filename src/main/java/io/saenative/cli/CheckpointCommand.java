package io.saenative.cli;

import io.saenative.data.Activations.Source;
import io.saenative.run.LoadedSae;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that looks at one trained SAE. */
abstract class CheckpointCommand implements Callable<Integer> {
  @Mixin private CheckpointOptions options;
  @Spec private CommandSpec spec;

  @Override
  public final Integer call() {
    options
        .mistake()
        .or(() -> mistake(options))
        .ifPresent(
            mistake -> {
              throw new ParameterException(spec.commandLine(), mistake);
            });
    try {
      look(options, spec.commandLine().getOut());
      return 0;
    } catch (OutOfMemoryError e) {
      throw Failures.outOfMemory(e, "");
    }
  }

  /** What is wrong with the command's own options whatever the files hold. */
  abstract Optional<String> mistake(CheckpointOptions options);

  abstract void look(CheckpointOptions options, PrintWriter out);

  /** Says what is about to be looked at. */
  static void print(PrintWriter out, LoadedSae loaded) {
    Source rows = loaded.data().validation().source();
    out.printf(
        Locale.ROOT,
        "sae      %s: %,d latents, K = %d%s%s%n",
        loaded.checkpoint(),
        loaded.sae().config().dSae(),
        loaded.sae().config().k(),
        loaded.sae().site().map(site -> ", " + site).orElse(""),
        loaded.trainedOnSynthetic() ? "; trained on SYNTHETIC rows" : "");
    out.printf(
        Locale.ROOT,
        "data     %s%s: %,d rows%s%n",
        rows.synthetic() ? "SYNTHETIC, not recorded from a model: " : "",
        rows.description(),
        loaded.data().validation().rows(),
        loaded.data().validation().labels().isEmpty() ? " without chains of thought" : "");
    out.printf("backend  %s%n", loaded.backend().describe());
    out.flush();
  }
}
