package io.saenative.analysis.published;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonValue;
import io.saenative.analysis.latents.Operation;
import java.util.Locale;
import java.util.Map;

/**
 * What the published rule calls a latent, from the texts of its top rows.
 *
 * @param type how specialised
 * @param description for what, such as {@code addition + number 12}
 * @param scores what it was judged by
 */
public record Specialization(Type type, String description, Scores scores) {
  /** The experiment's names. */
  public enum Type {
    HIGHLY_SPECIALIZED,
    OPERATION_SPECIALIZED,
    VALUE_SPECIALIZED,
    GENERAL;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * How many of the texts meet each rule.
   *
   * @param operations percentage of the texts that name the operation, all four, in {@link
   *     Operation}'s order
   * @param values number of texts that contain the number, in {@link SubstringRules#VALUES}' order
   * @param totalSamples number of texts, at least 1
   */
  public record Scores(
      Map<Operation, Double> operations, Map<String, Integer> values, int totalSamples) {}

  /** The published classification: by operation, by number, by both or by none. */
  public static Specialization of(Scores scores) {
    String operation = leader(scores.operations());
    String value = leader(scores.values());
    boolean byOperation =
        byOperation(scores.operations().values().stream().mapToDouble(p -> p).toArray());
    boolean byValue =
        byValue(
            scores.values().values().stream()
                .mapToDouble(n -> 100.0 * n / scores.totalSamples())
                .toArray());
    if (byOperation && byValue) {
      return new Specialization(Type.HIGHLY_SPECIALIZED, operation + " + number " + value, scores);
    }
    if (byOperation) {
      return new Specialization(Type.OPERATION_SPECIALIZED, operation, scores);
    }
    if (byValue) {
      return new Specialization(Type.VALUE_SPECIALIZED, "number " + value, scores);
    }
    return new Specialization(Type.GENERAL, "mixed patterns", scores);
  }

  /** Whether the rule calls the latent specialised for anything. */
  @JsonIgnore
  public boolean isSpecialized() {
    return type != Type.GENERAL;
  }

  /** One operation above 70 %, the others below 30 %. */
  static boolean byOperation(double[] percentages) {
    return standsOut(percentages, 70, 30);
  }

  /** One number above 50 %, the others below 20 %. */
  static boolean byValue(double[] percentages) {
    return standsOut(percentages, 50, 20);
  }

  /** The first key with the largest score. */
  private static <K, V extends Comparable<V>> String leader(Map<K, V> scores) {
    K leader = null;
    for (K key : scores.keySet()) {
      leader = leader == null || scores.get(key).compareTo(scores.get(leader)) > 0 ? key : leader;
    }
    return leader.toString();
  }

  /**
   * Whether the largest percentage is above one bound and the others below another. "The others"
   * are those that <b>differ</b> from the largest: whatever ties with it is forgiven, as in the
   * experiment.
   */
  private static boolean standsOut(double[] percentages, double above, double below) {
    double max = 0;
    for (double p : percentages) {
      max = Math.max(max, p);
    }
    for (double p : percentages) {
      if (p != max && p >= below) {
        return false;
      }
    }
    return max > above;
  }
}
