package io.saenative.bench;

import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * One case, timed many times.
 *
 * @param name the border's name of the call; {@code train_step} is a share of {@code
 *     sae_train_epoch}
 * @param clock which clock {@code median} and {@code least} were read from
 * @param repeats how often it was timed
 * @param median seconds
 * @param least seconds
 * @param callSeconds median by the wall clock around the call, copies to and from the device and
 *     the crossing from Java included; empty where the call is not one of the border
 * @param work what it cannot avoid
 */
public record Measurement(
    String name,
    Clock clock,
    int repeats,
    double median,
    double least,
    OptionalDouble callSeconds,
    Work work) {
  /** Which clock seconds were read from. */
  public enum Clock {
    /** Events on the device: kernels alone. */
    DEVICE,
    /** Around the call: all that the caller waits for. */
    WALL
  }

  /** The measurement of a case from its times in seconds, in any order. */
  static Measurement of(
      String name, Clock clock, double[] seconds, OptionalDouble callSeconds, Work work) {
    return new Measurement(
        name,
        clock,
        seconds.length,
        median(seconds),
        Arrays.stream(seconds).min().orElseThrow(),
        callSeconds,
        work);
  }

  public double flopsPerSecond() {
    return work.flops() / median;
  }

  public double bytesPerSecond() {
    return work.bytes() / median;
  }

  static double median(double[] seconds) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
