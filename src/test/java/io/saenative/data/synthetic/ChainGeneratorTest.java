package io.saenative.data.synthetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.data.SplitMix64;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChainGeneratorTest {
  private static final List<List<CalculationText>> CHAINS =
      IntStream.range(0, 40_000)
          .mapToObj(i -> ChainGenerator.generate(SplitMix64.of(99, i)))
          .map(chain -> chain.stream().map(step -> CalculationText.read(step.text())).toList())
          .toList();

  @Test
  void everyStepIsCorrectArithmetic() {
    for (List<CalculationText> chain : CHAINS) {
      for (CalculationText step : chain) {
        assertEquals(step.evaluate(), step.result(), step::toString);
        assertTrue(
            step.result().signum() > 0
                && step.result().compareTo(BigDecimal.valueOf(1_100_000)) <= 0);
      }
    }
  }

  @Test
  void stepCountsFollowTheirTable() {
    int[] counts = new int[Gsm8kTables.STEP_COUNT.outcomes().size()];
    CHAINS.forEach(chain -> counts[chain.size()]++);
    assertFollows(Gsm8kTables.STEP_COUNT, counts, "step count");
  }

  @Test
  void firstKindsFollowTheirTables() {
    int[] only = new int[Calculation.Form.values().length];
    int[] first = new int[Calculation.Form.values().length];
    for (List<CalculationText> chain : CHAINS) {
      if (!chain.isEmpty()) {
        (chain.size() == 1 ? only : first)[chain.getFirst().kind().ordinal()]++;
      }
    }
    assertFollows(Gsm8kTables.ONLY_FORM, only, "only step");
    assertFollows(Gsm8kTables.FIRST_FORM, first, "first step");
  }

  @Test
  void laterKindsFollowTheirTables() {
    int n = Calculation.Form.values().length;
    int[][] next = new int[n][n];
    int[][] last = new int[n][n];
    for (List<CalculationText> chain : CHAINS) {
      for (int i = 1; i < chain.size(); i++) {
        int[][] counts = i == chain.size() - 1 ? last : next;
        counts[chain.get(i - 1).kind().ordinal()][chain.get(i).kind().ordinal()]++;
      }
    }
    for (Calculation.Form before : Calculation.Form.values()) {
      assertFollows(Gsm8kTables.NEXT_FORM.get(before), next[before.ordinal()], "after " + before);
      assertFollows(
          Gsm8kTables.LAST_FORM.get(before), last[before.ordinal()], "last after " + before);
    }
  }

  @Test
  void numbersAreWrittenWithoutTrailingZeros() {
    assertEquals("1/2*60=30", new Calculation(new long[] {100, 200, 6000}, "/*", 3000).text());
    assertEquals("0.5+1.25=1.75", new Calculation(new long[] {50, 125}, "+", 175).text());
    assertEquals("100*0.01=1", new Calculation(new long[] {10000, 1}, "*", 100).text());
    assertEquals("7=7", new Calculation(new long[] {700}, "", 700).text());
  }

  /** Each share within five standard errors. */
  private static void assertFollows(Gsm8kTables.Table table, int[] counts, String what) {
    double n = IntStream.of(counts).sum();
    for (int i = 0; i < counts.length; i++) {
      double below = i == 0 ? 0 : table.cumulative()[i - 1];
      double p = (table.cumulative()[i] - below) / table.cumulative()[counts.length - 1];
      assertEquals(
          p, counts[i] / n, 5 * Math.sqrt(p * (1 - p) / n) + 1e-12, what + ", outcome " + i);
    }
  }
}
