package io.saenative.analysis.published;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonValue;
import io.saenative.analysis.Operation;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

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
   * @param operations percentage of the texts that name the operation, all four, in {@link Operation}'s order
   * @param values number of texts that contain the number, in {@link SubstringRules#VALUES}' order
   * @param totalSamples number of texts, at least 1
   */
  public record Scores(Map<Operation, Double> operations, Map<String, Integer> values, int totalSamples) {}

  /**
   * The published classification: one operation above 70 % and the others below 30 %; one number above 50 % and the others
   * below 20 %.
   */
  public static Specialization of(Scores scores) {
    Map<String, Double> values =
        scores.values().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> 100.0 * e.getValue() / scores.totalSamples()));
    String operation = leader(scores.operations());
    String value = leader(scores.values());
    boolean byOperation = standsOut(scores.operations(), 70, 30);
    boolean byValue = standsOut(values, 50, 20);
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

  /** The first key with the largest score. */
  private static <K, V extends Comparable<V>> String leader(Map<K, V> scores) {
    K leader = null;
    for (K key : scores.keySet()) {
      leader = leader == null || scores.get(key).compareTo(scores.get(leader)) > 0 ? key : leader;
    }
    return leader.toString();
  }

  /**
   * Whether the largest percentage is above one bound and the others below another. "The others" are those that
   * <b>differ</b> from the largest: whatever ties with it is forgiven, as in the experiment.
   */
  private static boolean standsOut(Map<?, Double> percentages, double above, double below) {
    double max = percentages.values().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    return max > above && percentages.values().stream().allMatch(p -> p == max || p < below);
  }
}
