package io.saenative.analysis.published;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonValue;
import io.saenative.analysis.latents.Operation;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The published rule, the experiment's own: what the texts of a latent's top rows contain as plain
 * substrings decides, so "12" is also found in 120 and "-" also in a negative number. The patterns
 * that a text has are the bits of an int.
 */
public final class PublishedRule {
  /** The numbers looked for. */
  static final List<Integer> VALUES = List.of(12, 20, 30, 50, 100);

  private static final List<String> ROUND_NUMBERS = List.of("100", "200", "500", "1000");
  private static final int OPERATIONS = Operation.values().length;
  private static final int ROUND_NUMBER = OPERATIONS + VALUES.size();
  private static final int PATTERNS = ROUND_NUMBER + 1;

  private PublishedRule() {}

  /** A row's text: its steps joined with " | ". */
  public static String text(List<String> cotSequence) {
    return String.join(" | ", cotSequence);
  }

  /** The patterns that this text has, one bit each. */
  public static int matches(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    int bits = 0;
    for (Operation operation : Operation.values()) {
      bits |= names(operation, text, lower) ? 1 << operation.ordinal() : 0;
    }
    for (int i = 0; i < VALUES.size(); i++) {
      bits |= text.contains(VALUES.get(i).toString()) ? 1 << (OPERATIONS + i) : 0;
    }
    return bits | (ROUND_NUMBERS.stream().anyMatch(text::contains) ? 1 << ROUND_NUMBER : 0);
  }

  private static boolean names(Operation operation, String text, String lower) {
    return switch (operation) {
      case ADDITION -> text.contains("+") || lower.contains("sum");
      case SUBTRACTION -> text.contains("-") || lower.contains("difference");
      case MULTIPLICATION -> text.contains("*") || text.contains("×") || lower.contains("multiply");
      case DIVISION -> text.contains("/") || text.contains("÷") || lower.contains("divide");
    };
  }

  /** How many of some texts have each pattern. */
  public static final class Counts {
    private final int[] count = new int[PATTERNS];
    private int total;

    public Counts() {}

    /** Takes {@link PublishedRule#matches} of each text. */
    public Counts(IntStream matches) {
      matches.forEach(this::add);
    }

    public void clear() {
      Arrays.fill(count, 0);
      total = 0;
    }

    /** Takes {@link PublishedRule#matches} of one more text. */
    public void add(int matches) {
      total++;
      for (int pattern = 0; pattern < PATTERNS; pattern++) {
        count[pattern] += matches >> pattern & 1;
      }
    }

    int of(Operation operation) {
      return count[operation.ordinal()];
    }

    int ofValue(int value) {
      return count[OPERATIONS + VALUES.indexOf(value)];
    }

    int roundNumbers() {
      return count[ROUND_NUMBER];
    }

    /** Whether {@link Specialization#of} calls these scores specialised. */
    public boolean specialised() {
      return Specialization.byOperation(percentages(0, OPERATIONS))
          || Specialization.byValue(percentages(OPERATIONS, VALUES.size()));
    }

    private double[] percentages(int first, int patterns) {
      double[] percentages = new double[patterns];
      Arrays.setAll(percentages, i -> 100.0 * count[first + i] / total);
      return percentages;
    }

    /** Percentages for operations, counts for values. */
    public Specialization.Scores scores() {
      Map<Operation, Double> operations = new LinkedHashMap<>();
      for (Operation operation : Operation.values()) {
        operations.put(operation, 100.0 * of(operation) / total);
      }
      Map<String, Integer> values = new LinkedHashMap<>();
      for (int value : VALUES) {
        values.put(Integer.toString(value), ofValue(value));
      }
      return new Specialization.Scores(operations, values, total);
    }
  }

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
     * How many of the texts have each pattern.
     *
     * @param operations percentage of the texts that name the operation, all four, in {@link
     *     Operation}'s order
     * @param values number of texts that contain the number, in {@link PublishedRule#VALUES}' order
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
        return new Specialization(
            Type.HIGHLY_SPECIALIZED, operation + " + number " + value, scores);
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
      return Collections.max(scores.entrySet(), Map.Entry.comparingByValue()).getKey().toString();
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
}
