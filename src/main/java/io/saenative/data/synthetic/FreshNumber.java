package io.saenative.data.synthetic;

import java.util.Arrays;

/**
 * Numbers that enter a chain without having occurred in it, by the part they play. Each part has
 * GSM8K's 24 most frequent ones with their shares in per cent, then what is rarer: the share of
 * numbers with decimals and of whole numbers by length.
 */
enum FreshNumber {
  ADDEND(
      new double[] {
        5, 7.2, 3, 6.2, 2, 6.2, 1, 5.7, 10, 5.7, 4, 4.3, 20, 4.2, 8, 3.6, 6, 3.4, 12, 2.9, 30, 2.8,
        7, 2.7, 15, 2.6, 50, 2.1, 40, 2, 9, 1.7, 25, 1.5, 14, 1.2, 60, 1.2, 100, 1.1, 11, 1, 200, 1,
        13, 1, 16, 0.9
      },
      new double[] {2.9, 13.5, 8.1, 2.4, 0.6, 0.3}),
  MINUEND(
      new double[] {
        100, 6.8, 20, 5.9, 50, 4.6, 10, 3.7, 30, 3, 40, 2.7, 12, 2.3, 8, 2.3, 60, 2.2, 200, 2, 15,
        2, 80, 1.9, 6, 1.8, 24, 1.6, 500, 1.5, 25, 1.5, 7, 1.4, 150, 1.3, 90, 1.3, 5, 1.3, 16, 1.2,
        9, 1.1, 4, 1.1, 18, 1.1
      },
      new double[] {1.4, 20.3, 13.8, 6.3, 2.3, 0.4}),
  SUBTRAHEND(
      new double[] {
        2, 8.7, 3, 8.2, 5, 6.8, 1, 6.6, 4, 6, 10, 4.8, 20, 4.5, 6, 3.9, 8, 3.7, 40, 3.1, 15, 2.3,
        12, 2.2, 7, 2.1, 50, 2, 30, 1.7, 100, 1.6, 60, 1.3, 200, 1.3, 14, 0.9, 9, 0.8, 11, 0.8, 18,
        0.8, 75, 0.7, 500, 0.6
      },
      new double[] {2.6, 9.7, 6.9, 4.5, 0.6, 0.3}),
  MULTIPLICAND(
      new double[] {
        2, 14.5, 3, 11.6, 4, 8.5, 5, 8, 10, 5.3, 20, 5, 8, 3.9, 6, 3.9, 12, 2.9, 7, 2.6, 30, 2.6,
        15, 2.3, 50, 2, 40, 1.7, 1, 1.5, 100, 1.2, 9, 1.1, 60, 1.1, 25, 1, 1.5, 1, 80, 1, 200, 0.9,
        16, 0.7, 14, 0.6
      },
      new double[] {3, 5.7, 4.2, 1.5, 0.5, 0.3}),
  MULTIPLIER(
      new double[] {
        2, 17.7, 3, 10, 4, 7.4, 5, 6.3, 10, 4.8, 12, 4, 6, 3.8, 20, 3, 7, 3, 8, 3, 60, 2.2, 0.01,
        2.1, 0.5, 2, 30, 2, 1, 1.8, 15, 1.6, 0.2, 1.4, 50, 1.3, 1.5, 1.2, 100, 1.2, 40, 1, 25, 1,
        0.1, 1, 9, 0.9
      },
      new double[] {6.5, 5.2, 3.3, 1.1, 0.2, 0.1}),
  DIVIDEND(
      new double[] {
        12, 6.3, 60, 6.1, 30, 4.6, 20, 4.3, 24, 3.5, 40, 2.9, 6, 2.7, 100, 2.5, 10, 2.5, 18, 2.2,
            80, 1.9, 50, 1.8,
        200, 1.8, 8, 1.8, 120, 1.7, 16, 1.6, 90, 1.4, 4, 1.4, 300, 1.3, 42, 1.2, 15, 1.2, 400, 1.2,
            180, 1.2, 36, 1.2
      },
      new double[] {1.1, 17.2, 14.3, 6.5, 2.1, 0.8}),
  DIVISOR(
      new double[] {
        2, 30.9, 3, 14.5, 4, 10, 5, 6.9, 10, 4.1, 6, 3.3, 60, 2.7, 12, 2.1, 8, 2, 7, 1.9, 20, 1.9,
        50, 1.4, 15, 1.4, 30, 1.2, 1, 1, 25, 1, 40, 1, 100, 0.9, 9, 0.7, 16, 0.7, 0.5, 0.7, 1.5,
        0.5, 1000, 0.5, 200, 0.4
      },
      new double[] {3, 3.4, 1.6, 0.4, 0, 0}),
  /** What a fraction is taken of. */
  WHOLE(
      new double[] {
        100, 6.2, 20, 4.2, 50, 4.1, 40, 4.1, 200, 4.1, 60, 3.9, 400, 3.6, 30, 3.4, 10, 3.1, 12, 2.9,
            300, 2.8, 80, 2.8,
        6, 2.4, 15, 2.1, 600, 1.9, 24, 1.9, 500, 1.9, 1000, 1.9, 16, 1.6, 4, 1.6, 3, 1.6, 2, 1.6,
            2000, 1.5, 120, 1.5
      },
      new double[] {0.3, 12, 10.6, 6.8, 2.3, 1.3}),
  /** What a step restates. */
  GIVEN(
      new double[] {
        10, 5.1, 6, 4.8, 5, 4.5, 4, 4.2, 20, 3.2, 8, 3.2, 24, 3.2, 60, 2.9, 7, 2.9, 30, 2.6, 9, 2.2,
        2, 2.2, 14, 1.9, 36, 1.9, 16, 1.6, 15, 1.6, 11, 1.6, 40, 1.6, 100, 1.6, 12, 1.6, 300, 1.3,
        19, 1.3, 3, 1.3, 48, 1.3
      },
      new double[] {3.5, 17.9, 12.1, 5.4, 1.3, 0.3});

  private static final int SHORTEST_RARE = 2;

  private final long[] frequent;
  private final Categorical choice;

  /**
   * @param frequent numbers and their shares
   * @param rare shares of numbers with decimals, and of other whole numbers of 2, 3, … digits
   */
  FreshNumber(double[] frequent, double[] rare) {
    this.frequent = Gsm8kTables.numbers(frequent, 2, 0);
    double[] shares = Gsm8kTables.column(frequent, 2, 1);
    double[] all = Arrays.copyOf(shares, shares.length + rare.length);
    System.arraycopy(rare, 0, all, shares.length, rare.length);
    choice = Categorical.of(all);
  }

  /** A number above 0, in hundredths. */
  long draw(SplitMix64 random) {
    int i = choice.draw(random);
    if (i < frequent.length) {
      return frequent[i];
    }
    return i == frequent.length
        ? Gsm8kTables.DECIMALS[Gsm8kTables.DECIMAL.draw(random)]
        : Step.UNIT * rareWhole(i - frequent.length - 1 + SHORTEST_RARE, random);
  }

  private static long rareWhole(int digits, SplitMix64 random) {
    Categorical[] table = Gsm8kTables.SIGNIFICANT_DIGITS;
    int significant = 1 + table[Math.min(digits - SHORTEST_RARE, table.length - 1)].draw(random);
    long number = 1 + random.nextInt(9);
    for (int i = 1; i < digits; i++) {
      int digit =
          i == significant - 1 ? 1 + random.nextInt(9) : i < significant ? random.nextInt(10) : 0;
      number = 10 * number + digit;
    }
    return number;
  }
}
