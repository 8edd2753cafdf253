package io.saenative.data.synthetic;

import io.saenative.data.synthetic.PlantedTruth.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The concepts of chains that have a direction of their own, and which of them hold on a chain. */
final class PlantedConcepts {
  record Concept(Kind kind, String name) {}

  private static final String OPERATORS = "+-*/";
  private static final String[] OPERATIONS = {
    "addition", "subtraction", "multiplication", "division"
  };

  /**
   * The 48, ascending, are among GSM8K's most frequent whole numbers: each occurs in 49 % to 1.9 %
   * of its problems.
   */
  private static final long[] VALUES = {
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 21, 24, 25, 28, 30, 32, 35, 36,
    40, 45, 48, 50, 60, 70, 75, 80, 90, 100, 120, 150, 180, 200, 240, 250, 300, 400, 500, 600, 1000,
    2000
  };

  private static final int MOST_STEPS = 8;

  private static final int PAIRS = OPERATIONS.length;
  private static final int FIRST_VALUE = PAIRS + OPERATIONS.length * OPERATIONS.length;
  private static final int STEPS = FIRST_VALUE + VALUES.length - 1;

  /** A concept's place is its id. */
  static final List<Concept> ALL = all();

  private PlantedConcepts() {}

  /** Sets {@code present[id]} for each concept that holds on the chain. */
  static void mark(List<Calculation> chain, boolean[] present) {
    int before = -1;
    for (Calculation step : chain) {
      for (int i = 0; i < step.operators().length(); i++) {
        int operation = OPERATORS.indexOf(step.operators().charAt(i));
        present[operation] = true;
        if (before >= 0) {
          present[PAIRS + before * OPERATIONS.length + operation] = true;
        }
        before = operation;
      }
      for (long operand : step.operands()) {
        markValue(operand, present);
      }
      markValue(step.result(), present);
    }
    if (!chain.isEmpty() && chain.size() <= MOST_STEPS) {
      present[STEPS + chain.size()] = true;
    }
  }

  private static void markValue(long number, boolean[] present) {
    int i = Arrays.binarySearch(VALUES, number / Calculation.UNIT);
    if (i >= 0 && number % Calculation.UNIT == 0) {
      present[FIRST_VALUE + i] = true;
    }
  }

  private static List<Concept> all() {
    List<Concept> all = new ArrayList<>();
    for (String operation : OPERATIONS) {
      all.add(new Concept(Kind.OPERATION, operation));
    }
    for (String first : OPERATIONS) {
      for (String second : OPERATIONS) {
        all.add(new Concept(Kind.OPERATION_PAIR, first + " then " + second));
      }
    }
    for (long value : VALUES) {
      all.add(new Concept(Kind.VALUE, "number " + value));
    }
    for (int steps = 1; steps <= MOST_STEPS; steps++) {
      all.add(new Concept(Kind.STEP_COUNT, steps == 1 ? "1 step" : steps + " steps"));
    }
    return List.copyOf(all);
  }
}
