package io.saenative.cli;

import io.saenative.run.ExperimentConfig.Compute;
import io.saenative.sae.Precision;
import picocli.CommandLine.Option;

/**
 * What computes, and how: the options of every command that does all of its work with one engine.
 */
final class EngineOptions extends BackendOptions {
  @Option(
      names = "--precision",
      paramLabel = "HOW",
      defaultValue = "fp32",
      description =
          "How dense matrices are multiplied: fp32, exact; on the tensor cores of the cuda backend"
              + " also bf16x3, close to it, or bf16 (${DEFAULT-VALUE}).")
  private Precision precision;

  /** What these options ask for. */
  Compute compute() {
    return compute(precision);
  }
}
