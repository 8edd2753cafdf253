package io.saenative.cli;

import io.saenative.UserError;
import io.saenative.run.Backends;
import io.saenative.run.ExperimentConfig.Compute;
import io.saenative.sae.Precision;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What computes: the options of every command that opens a session. */
class BackendOptions {
  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = "auto",
      converter = NameConverter.class,
      description =
          "What computes: auto takes the fastest that runs here; sae-native doctor lists them"
              + " (${DEFAULT-VALUE}).")
  private String backend;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      converter = ThreadsConverter.class,
      description =
          "Threads of the cpu backend, 0 for all cores; never changes a result (${DEFAULT-VALUE}).")
  private int threads;

  /** What these options ask for, in a precision. */
  final Compute compute(Precision precision) {
    return new Compute(backend, threads, precision);
  }

  /** A name that stands for a backend, whether or not that can run here. */
  static final class NameConverter implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return accepted(text, () -> Backends.requireName(text));
    }
  }

  /** A number of threads that a backend takes. */
  static final class ThreadsConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      if (!text.matches("-?\\d{1,9}")) {
        throw new TypeConversionException("'" + text + "' is not a count");
      }
      int threads = Integer.parseInt(text);
      return accepted(threads, () -> Backends.requireThreads(threads));
    }
  }

  private static <T> T accepted(T value, Runnable check) {
    try {
      check.run();
      return value;
    } catch (UserError e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
