package io.saenative.cli;

import io.saenative.run.ExperimentConfig.Compute;
import io.saenative.sae.Precision;
import picocli.CommandLine.Option;

/** What computes: the options of every command that opens a session. */
class EngineOptions {
  @Section.Begins(Section.COMPUTE)
  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "What computes: auto takes the fastest that runs here; sae-native doctor lists them"
              + " (${DEFAULT-VALUE}).")
  String backend;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Threads of the cpu backend, 0 for all cores; never changes a result (${DEFAULT-VALUE}).")
  int threads;

  /** What these options ask for, in a precision. */
  final Compute compute(Precision precision) {
    return new Compute(backend, threads, precision);
  }

  /** Those of every command that does all of its work in one precision. */
  static final class InOnePrecision extends EngineOptions {
    @Section.Begins(Section.COMPUTE)
    @Option(
        names = "--precision",
        paramLabel = "HOW",
        defaultValue = "fp32",
        description =
            "How dense matrices are multiplied: fp32, exact; on the tensor cores of the cuda"
                + " backend also bf16x3, close to it, or bf16 (${DEFAULT-VALUE}).")
    private Precision precision;

    /** What these options ask for. */
    Compute compute() {
      return compute(precision);
    }
  }
}
