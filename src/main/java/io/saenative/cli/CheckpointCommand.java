package io.saenative.cli;

import java.io.PrintWriter;
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
}
