package io.saenative.bench;

import io.saenative.UserError;
import io.saenative.bench.KernelBenchmark.Sizes;
import io.saenative.bench.Measurement.Clock;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.nativelib.CudaCard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What the card itself reaches, measured in the same run as the kernels that are held against it.
 *
 * @param flopsPerSecond of float32 multiply-adds on registers
 * @param copySeconds for each case a copy on the device that moves as many bytes as the case must;
 *     small ones stay in the cache
 * @param baselines cuBLAS, float32 without TF32, on the dense encoder and decoder
 * @param skipped why something could not be measured
 */
public record Ceilings(
    OptionalDouble flopsPerSecond,
    Map<String, Double> copySeconds,
    List<Measurement> baselines,
    List<String> skipped) {

  /** Nothing measured, for this reason. */
  public static Ceilings none(String reason) {
    return new Ceilings(OptionalDouble.empty(), Map.of(), List.of(), List.of(reason));
  }

  /** Measures what can be measured here, for the cases that were timed on the cuda backend. */
  public static Ceilings measure(Sizes sizes, List<Measurement> cases, int repeats) {
    try (CudaCard card = new CudaCard()) {
      List<String> skipped = new ArrayList<>();
      return new Ceilings(
          flopsPerSecond(card, repeats, skipped),
          copies(card, cases, repeats, skipped),
          products(card, sizes, repeats, skipped),
          skipped);
    } catch (UserError e) {
      return none("ceilings: " + e.getMessage());
    }
  }

  /**
   * The time in which the card could do the case's work, over the time it took: 1 is the ceiling.
   * The work's time is the longer of its arithmetic and its copy.
   */
  public OptionalDouble share(Measurement m) {
    Double copy = copySeconds.get(m.name());
    if (copy == null || flopsPerSecond.isEmpty()) {
      return OptionalDouble.empty();
    }
    double arithmetic = m.work().flops() / flopsPerSecond.getAsDouble();
    return OptionalDouble.of(Math.max(arithmetic, copy) / m.median());
  }

  private static OptionalDouble flopsPerSecond(CudaCard card, int repeats, List<String> skipped) {
    try {
      return OptionalDouble.of(
          card.multiplyAddFlops() / Measurement.median(card.multiplyAddSeconds(repeats)));
    } catch (UserError e) {
      skipped.add("float32 multiply-adds: " + e.getMessage());
      return OptionalDouble.empty();
    }
  }

  private static Map<String, Double> copies(
      CudaCard card, List<Measurement> cases, int repeats, List<String> skipped) {
    Map<String, Double> seconds = new HashMap<>();
    try {
      for (Measurement m : cases) {
        double[] copies = card.copySeconds((long) m.work().bytes(), repeats);
        seconds.put(m.name(), Measurement.median(copies));
      }
    } catch (UserError e) {
      skipped.add("copies: " + e.getMessage());
    }
    return Map.copyOf(seconds);
  }

  private static List<Measurement> products(
      CudaCard card, Sizes sizes, int repeats, List<String> skipped) {
    SaeConfig c = sizes.sae();
    int rows = sizes.batchSize();
    Work work = Work.denseProduct(c, rows);
    OptionalDouble noCall = OptionalDouble.empty();
    try {
      double[] encoder = card.productSeconds(rows, c.dSae(), c.dIn(), true, repeats);
      double[] decoder = card.productSeconds(rows, c.dIn(), c.dSae(), false, repeats);
      return List.of(
          Measurement.of("cublas_encoder", Clock.DEVICE, encoder, noCall, work),
          Measurement.of("cublas_decoder", Clock.DEVICE, decoder, noCall, work));
    } catch (UserError e) {
      skipped.add("cuBLAS: " + e.getMessage());
      return List.of();
    }
  }
}
