package io.saenative.data.synthetic;

/**
 * Counts and shares of GSM8K's calculation steps, measured over its 7,473 training problems (23,716
 * steps), which the generated chains follow. All shares are in per cent. Steps of several operators
 * other than fractions (1.0 %) are left out, and all shares are of the rest. How each table was
 * measured: docs/synthetic-data.md.
 */
final class Gsm8kTables {
  private Gsm8kTables() {}

  /** Problems by number of steps, 0 to 9. */
  static final Categorical STEP_COUNT =
      Categorical.of(95, 404, 2175, 2137, 1424, 785, 287, 123, 40, 3);

  /**
   * Kind of the only step of a problem, in the order of {@link StepKind}, as in all tables by kind.
   */
  static final Categorical ONLY_KIND = Categorical.of(19.1, 13.1, 21.6, 20.6, 4.8, 20.9);

  /** Kind of the first of several steps. */
  static final Categorical FIRST_KIND = Categorical.of(17.5, 10.3, 49.2, 14.3, 6.9, 1.7);

  /** Kind of a later step but the last, by the kind of the step before. */
  static final Categorical[] NEXT_KIND = {
    Categorical.of(28.6, 16.3, 35.6, 12, 6.7, 0.8),
    Categorical.of(17.7, 15.3, 34.6, 19.9, 11.4, 1),
    Categorical.of(24.1, 12.6, 51.2, 8.6, 3, 0.6),
    Categorical.of(20, 14.5, 35.8, 26.9, 1.9, 0.9),
    Categorical.of(28.7, 36.6, 14.3, 2.4, 17.7, 0.3),
    Categorical.of(11.9, 15.5, 53.6, 6, 2.4, 10.7)
  };

  /** Kind of the last of several steps, by the kind of the step before. */
  static final Categorical[] LAST_KIND = {
    Categorical.of(22, 39.6, 17.9, 18.5, 1.2, 0.8),
    Categorical.of(27.4, 17.1, 14.7, 37, 2, 1.7),
    Categorical.of(46.1, 22.2, 17.1, 13, 0.7, 0.9),
    Categorical.of(28, 23.9, 27.9, 17.1, 1.5, 1.5),
    Categorical.of(29.1, 52.5, 8.8, 6.3, 3, 0.3),
    Categorical.of(20.2, 17, 24.5, 25.5, 1.1, 11.7)
  };

  /** Number of operands minus two, by kind (addition, subtraction, multiplication, division). */
  static final Categorical[] MORE_OPERANDS = {
    Categorical.of(75.7, 18, 4.8, 1.5),
    Categorical.of(95, 5),
    Categorical.of(97.4, 2.6),
    Categorical.of(100)
  };

  /**
   * Where the first two operands of a step after the first come from, by kind (addition,
   * subtraction, multiplication, division): outcome 3a + b, with a for the first operand and b for
   * the second; 0 is the previous step's result, 1 a number recalled from earlier, 2 a fresh one.
   * In a first step all are fresh.
   */
  static final Categorical[] OPERAND_SOURCES = {
    Categorical.of(2.6, 18.8, 13.3, 34.3, 15.9, 2.7, 5.4, 2.8, 4.2),
    Categorical.of(0, 12.7, 19.5, 35, 3.1, 2.6, 19.7, 3.5, 3.9),
    Categorical.of(1.3, 10.1, 29.2, 4.6, 4.9, 9.7, 12, 10.2, 17.9),
    Categorical.of(1.5, 19.9, 48.4, 5.1, 2.7, 6, 7.4, 2.8, 6.2)
  };

  /** The same for a third or later operand of any step after the first. */
  static final Categorical FURTHER_SOURCE = Categorical.of(48, 29.5, 22.5);

  /** The same for what a fraction is taken of. */
  static final Categorical WHOLE_SOURCE = Categorical.of(53.5, 26.5, 20);

  /** Of the recalled numbers, those that are results rather than operands. */
  static final double RECALLED_RESULT = 0.457;

  /** Of the fractions, those written p/q*x rather than x*p/q. */
  static final double FRACTION_FIRST = 0.566;

  /** p, q and share of the fractions p/q. */
  private static final double[] FRACTIONS = {
    1, 2, 10.1, 1, 3, 7.4, 2, 3, 7.1, 3, 4, 7, 1, 4, 6.5, 2, 5, 5.7, 20, 100, 5.1, 10, 100, 4.5, 40,
    100, 3.9, 3, 5, 3.9, 30, 100, 2.9, 1, 5, 2.8, 60, 100, 2.5, 5, 100, 1.8, 50, 100, 1.7, 15, 100,
    1.5, 80, 100, 1.4, 4, 5, 1.4, 25, 100, 1.3, 70, 100, 1.2, 1, 6, 1.1, 1, 10, 0.9, 1, 8, 0.7, 1,
    7, 0.6, 2, 100, 0.6, 3, 8, 0.6, 75, 100, 0.6, 3, 2, 0.5, 3, 10, 0.5, 5, 6, 0.5, 5, 8, 0.5, 110,
    100, 0.5, 35, 100, 0.4, 4, 100, 0.4, 7, 10, 0.4
  };

  static final long[] NUMERATORS = numbers(FRACTIONS, 3, 0);
  static final long[] DENOMINATORS = numbers(FRACTIONS, 3, 1);
  static final Categorical FRACTION = Categorical.of(column(FRACTIONS, 3, 2));

  /** A decimal number and its share of the fresh operands that have decimals. */
  private static final double[] DECIMAL_SHARES = {
    0.5, 13.7, 1.5, 12.1, 0.01, 9.2, 0.2, 7.1, 0.25, 5.7, 0.1, 5.4, 2.5, 5.3, 0.8, 4, 0.4, 2.9, 3.5,
        2.7, 0.75, 2.7,
    0.6, 2.3, 0.3, 2.1, 0.05, 2, 1.25, 1.7, 1.2, 1.4, 4.5, 1.4, 0.9, 1.2, 7.5, 1.1, 0.7, 0.9, 0.15,
        0.8, 5.5, 0.8,
    6.5, 0.5, 2.4, 0.5, 12.5, 0.5, 8.5, 0.5, 1.75, 0.4, 2.25, 0.3, 1.4, 0.3, 13.5, 0.3, 1.6, 0.3,
        0.85, 0.3
  };

  static final long[] DECIMALS = numbers(DECIMAL_SHARES, 2, 0);
  static final Categorical DECIMAL = Categorical.of(column(DECIMAL_SHARES, 2, 1));

  /**
   * How many leading digits of a rarer whole number are not trailing zeros (1, 2, 3, …), by its
   * number of digits from 2 on, the last row for all longer ones.
   */
  static final Categorical[] SIGNIFICANT_DIGITS = {
    Categorical.of(9.6, 90.4),
    Categorical.of(31.6, 42.5, 26),
    Categorical.of(50.9, 32.2, 7.7, 9.2),
    Categorical.of(53, 32, 10, 5)
  };

  /** Column {@code offset} of a table of {@code width} columns, in hundredths. */
  static long[] numbers(double[] table, int width, int offset) {
    double[] column = column(table, width, offset);
    long[] numbers = new long[column.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Math.round(column[i] * Step.UNIT);
    }
    return numbers;
  }

  static double[] column(double[] table, int width, int offset) {
    double[] column = new double[table.length / width];
    for (int i = 0; i < column.length; i++) {
      column[i] = table[i * width + offset];
    }
    return column;
  }
}
