package io.saenative.analysis.sound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.sound.ContingencyTable.Interval;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ContingencyTableTest {
  /** 30 rows of both, 10 of the latent alone, 70 of the concept alone, 890 of neither. */
  private static final ContingencyTable TABLE = new ContingencyTable(30, 40, 100, 1000);

  @Test
  void sharesAndLift() {
    assertEquals(0.75, TABLE.precision());
    assertEquals(0.3, TABLE.recall());
    assertEquals(0.1, TABLE.baseRate());
    assertEquals(7.5, TABLE.lift(), 1e-15);
  }

  @Test
  void oddsRatioAndWoolfsIntervalByHand() {
    double or = 30.5 * 890.5 / (10.5 * 70.5);
    double se = Math.sqrt(1 / 30.5 + 1 / 890.5 + 1 / 10.5 + 1 / 70.5);
    assertEquals(or, TABLE.oddsRatio(), 1e-12 * or);
    assertEquals(
        or * Math.exp(-1.959963984540054 * se), TABLE.oddsRatioInterval().low(), 1e-12 * or);
    assertEquals(
        or * Math.exp(1.959963984540054 * se), TABLE.oddsRatioInterval().high(), 1e-12 * or * 10);
  }

  @Test
  void anEmptyCellLeavesTheOddsRatioFinite() {
    ContingencyTable table = new ContingencyTable(10, 10, 10, 20);
    assertEquals(10.5 * 10.5 / 0.25, table.oddsRatio(), 1e-9);
    assertTrue(Double.isFinite(table.oddsRatioInterval().high()));
  }

  /**
   * Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81/263, 15/148, 0/20 and 1/29.
   */
  @Test
  void wilsonsIntervalOnNewcombesExamples() {
    assertInterval(0.2553, 0.3662, Interval.wilson(81, 263));
    assertInterval(0.0624, 0.1605, Interval.wilson(15, 148));
    assertInterval(0.0000, 0.1611, Interval.wilson(0, 20));
    assertInterval(0.0061, 0.1718, Interval.wilson(1, 29));
  }

  @Property
  void wilsonsEndsSolveTheScoreEquation(
      @ForAll @IntRange(min = 0, max = 1000) int s, @ForAll @IntRange(min = 1, max = 1000) int n) {
    int successes = Math.min(s, n);
    Interval interval = Interval.wilson(successes, n);
    for (double end : new double[] {interval.low(), interval.high()}) {
      double score = Math.abs((double) successes / n - end);
      assertEquals(Interval.Z95 * Math.sqrt(end * (1 - end) / n), score, 1e-7);
    }
  }

  @Test
  void marginsThatDoNotFitAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new ContingencyTable(11, 10, 20, 100));
    assertThrows(IllegalArgumentException.class, () -> new ContingencyTable(0, 60, 60, 100));
    assertThrows(IllegalArgumentException.class, () -> new ContingencyTable(1, 101, 2, 100));
  }

  private static void assertInterval(double low, double high, Interval actual) {
    assertEquals(low, actual.low(), 5e-5);
    assertEquals(high, actual.high(), 5e-5);
  }
}
