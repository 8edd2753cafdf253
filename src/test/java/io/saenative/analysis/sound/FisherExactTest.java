package io.saenative.analysis.sound;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.statistics.inference.AlternativeHypothesis;
import org.junit.jupiter.api.Test;

class FisherExactTest {
  /**
   * Fisher's tea-tasting lady: 3 of 4 right has p = 17/70, 4 of 4 has 1/70 (The Design of
   * Experiments, 1935).
   */
  @Test
  void theLadyTastingTea() {
    assertEquals(17 / 70.0, FisherExact.upperTail(3, 4, 4, 8), 1e-15);
    assertEquals(1 / 70.0, FisherExact.upperTail(4, 4, 4, 8), 1e-16);
  }

  @Property
  void equalsTheSumOfExactFractions(
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 0, max = 40) int a,
      @ForAll @IntRange(min = 0, max = 40) int c,
      @ForAll @IntRange(min = 0, max = 41) int both) {
    int active = Math.min(a, rows);
    int concept = Math.min(c, rows);
    BigInteger sum = BigInteger.ZERO;
    for (int x = both; x <= Math.min(active, concept); x++) {
      if (active - x <= rows - concept) {
        sum = sum.add(choose(concept, x).multiply(choose(rows - concept, active - x)));
      }
    }
    double expected =
        new BigDecimal(sum)
            .divide(new BigDecimal(choose(rows, active)), MathContext.DECIMAL64)
            .doubleValue();
    assertEquals(
        expected,
        FisherExact.upperTail(both, active, concept, rows),
        1e-12 * Math.max(expected, 1e-3));
  }

  /** At the home experiment's size and beyond the table of factorials. */
  @Property(tries = 300)
  void equalsTheLibrary(
      @ForAll @IntRange(min = 300, max = 20_000) int rows,
      @ForAll @IntRange(min = 1, max = 1_000_000) int a,
      @ForAll @IntRange(min = 1, max = 1_000_000) int c,
      @ForAll @IntRange(min = 0, max = 1_000_000) int b) {
    int active = 1 + a % (rows - 1);
    int concept = 1 + c % (rows - 1);
    int least = Math.max(0, active + concept - rows);
    int both = least + b % (Math.min(active, concept) - least + 1);
    int[][] table = {{both, active - both}, {concept - both, rows - active - concept + both}};
    var library = org.apache.commons.statistics.inference.FisherExactTest.withDefaults();
    double expected = library.with(AlternativeHypothesis.GREATER_THAN).test(table).getPValue();
    double actual = FisherExact.upperTail(both, active, concept, rows);
    assertEquals(
        expected, actual, 1e-9 * expected + 1e-13 * (expected > 0.1 ? 1 : 0) + Double.MIN_NORMAL);
  }

  @Test
  void logFactorialsJoinWhereTheTableEnds() {
    for (int n : new int[] {4095, 4096, 4097, 10_000}) {
      assertEquals(
          Math.log(n), FisherExact.logFactorial(n) - FisherExact.logFactorial(n - 1), 1e-10);
    }
    assertEquals(5912.128178488163, FisherExact.logFactorial(1000), 1e-11);
  }

  private static BigInteger choose(int n, int k) {
    BigInteger result = BigInteger.ONE;
    for (int i = 0; i < k; i++) {
      result = result.multiply(BigInteger.valueOf(n - i)).divide(BigInteger.valueOf(i + 1));
    }
    return result;
  }
}
