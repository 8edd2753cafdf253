package io.saenative.cli;

import io.saenative.engine.Backends;
import io.saenative.engine.Precision;
import picocli.CommandLine.Option;

/** What computes, and how: the options of every command that opens a session. */
final class BackendOptions {
  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "What computes: auto takes the fastest that runs here; sae-native doctor lists them (${DEFAULT-VALUE}).")
  private String backend;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads of the cpu backend, 0 for all cores; never changes a result (${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--precision",
      paramLabel = "HOW",
      defaultValue = "fp32",
      description = "How dense matrices are multiplied: fp32, exact; on the tensor cores of the cuda backend also bf16x3,"
          + " close to it, or bf16 (${DEFAULT-VALUE}).")
  private Precision precision;

  /** The engine that they ask for; see {@link Backends#choose}. */
  Backends.Choice choose() {
    return Backends.choose(backend, threads, precision);
  }
}
