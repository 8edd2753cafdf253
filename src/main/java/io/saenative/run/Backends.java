package io.saenative.run;

import io.saenative.UsageError;
import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis.MadeBy;
import io.saenative.sae.Engine;
import io.saenative.sae.Precision;
import io.saenative.sae.nativelib.NativeEngine;
import io.saenative.sae.reference.ReferenceEngine;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;

/** The choice of an engine: what {@code --backend} means. */
public final class Backends {
  /** Tried by {@code auto} in this order; the last one always runs. */
  private static final List<String> BEST_FIRST = List.of("cuda", "cpu", "reference");

  /** Those that multiply in another precision than fp32 if asked to. */
  private static final List<String> WITH_TENSOR_CORES = List.of("cuda", "simt");

  /** The border's own limit. */
  private static final int MAX_THREADS = 1024;

  private Backends() {}

  /** The engine that was chosen, and how a run names it. */
  public record Choice(Engine engine) {
    /** Name, what it runs on, and its precision where there is a choice of that. */
    public String describe() {
      String precision = WITH_TENSOR_CORES.contains(engine.name()) ? ", " + engine.precision() : "";
      return engine.name() + ": " + engine.describe() + precision;
    }

    /** The maker of a file of results that is written today, by a version of the program. */
    public MadeBy madeBy(String version) {
      return new MadeBy(version, describe(), LocalDate.now(ZoneId.systemDefault()).toString());
    }
  }

  /**
   * Whether a backend can run here.
   *
   * @param text what it runs on, or why it cannot run
   */
  public record Availability(String name, boolean available, String text) {}

  /**
   * The engine that the name asks for.
   *
   * @param name {@code auto} for the best that can run here, or a backend's name; {@code simt}, the
   *     CUDA kernels on this machine's processor, is for tests and is never chosen
   * @param threads worker threads, 0 for one on each available core; never changes a result
   * @param precision how dense matrices are multiplied; {@code auto} passes over a backend that
   *     does not have it
   * @throws UsageError if there is no such backend or the number of threads is out of range
   * @throws UserError if the backend cannot run here: never another one in its place
   */
  public static Choice choose(String name, int threads, Precision precision) {
    if (!name.equals("auto") && !BEST_FIRST.contains(name) && !name.equals("simt")) {
      throw new UsageError(
          "there is no backend '%s': --backend takes auto, %s"
              .formatted(name, String.join(", ", BEST_FIRST)));
    }
    if (threads < 0 || threads > MAX_THREADS) {
      throw new UsageError(
          "--threads must be 0 for all cores, or a count up to %d, not %d"
              .formatted(MAX_THREADS, threads));
    }
    if (!name.equals("auto")) {
      return new Choice(asked(name, threads, precision));
    }
    List<String> refusals = new ArrayList<>();
    for (String candidate : BEST_FIRST.stream().filter(b -> computesIn(b, precision)).toList()) {
      try {
        return new Choice(open(candidate, threads, precision));
      } catch (UserError e) {
        refusals.add("no " + candidate + ": " + e.getMessage());
      }
    }
    throw new UserError(
        "nothing here computes in " + precision + ": " + String.join("; ", refusals));
  }

  /** Every backend that {@code --backend} takes, best first. */
  public static List<Availability> all() {
    return BEST_FIRST.stream().map(Backends::availability).toList();
  }

  private static Availability availability(String name) {
    try {
      return new Availability(name, true, open(name, 0, Precision.FP32).describe());
    } catch (UserError e) {
      return new Availability(name, false, e.getMessage());
    }
  }

  private static Engine asked(String name, int threads, Precision precision) {
    if (!computesIn(name, precision)) {
      throw new UserError(
          "the %s backend has no precision but fp32: --precision %s needs --backend cuda"
              .formatted(name, precision));
    }
    try {
      return open(name, threads, precision);
    } catch (UserError e) {
      throw new UserError("the " + name + " backend cannot run here: " + e.getMessage(), e);
    }
  }

  private static boolean computesIn(String name, Precision precision) {
    return precision == Precision.FP32 || WITH_TENSOR_CORES.contains(name);
  }

  private static Engine open(String name, int threads, Precision precision) {
    return name.equals("reference")
        ? new ReferenceEngine()
        : new NativeEngine(name, threads, precision);
  }
}
