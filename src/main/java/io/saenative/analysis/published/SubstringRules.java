package io.saenative.analysis.published;

import io.saenative.analysis.latents.Operation;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The experiment's rules on the text of a row: plain substrings, so "12" is also found in 120 and
 * "-" also in a negative number. The rules a text meets are the bits of an int.
 */
public final class SubstringRules {
  /** The numbers looked for. */
  static final List<Integer> VALUES = List.of(12, 20, 30, 50, 100);

  private static final List<String> ROUND_NUMBERS = List.of("100", "200", "500", "1000");
  private static final int OPERATIONS = Operation.values().length;
  private static final int ROUND_NUMBER = OPERATIONS + VALUES.size();
  private static final int RULES = ROUND_NUMBER + 1;

  private SubstringRules() {}

  /** A row's text: its steps joined with " | ". */
  public static String text(List<String> cotSequence) {
    return String.join(" | ", cotSequence);
  }

  /** The rules this text meets, one bit each. */
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

  /** How many of some texts meet each rule. */
  public static final class Counts {
    private final int[] count = new int[RULES];
    private int total;

    public Counts() {}

    /**
     * @param matches {@link SubstringRules#matches} of each text
     */
    public Counts(IntStream matches) {
      matches.forEach(this::add);
    }

    public void clear() {
      Arrays.fill(count, 0);
      total = 0;
    }

    /**
     * @param matches {@link SubstringRules#matches} of a text
     */
    public void add(int matches) {
      total++;
      for (int rule = 0; rule < RULES; rule++) {
        count[rule] += matches >> rule & 1;
      }
    }

    int total() {
      return total;
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

    private double[] percentages(int first, int rules) {
      double[] percentages = new double[rules];
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
}
