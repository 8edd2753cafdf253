package io.saenative.sae;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.saenative.sae.Evaluation.Sums;
import org.junit.jupiter.api.Test;

class EvaluationTest {

  /** x = (1 2; 3 6), x̂ = (1 3; 4 6): every figure worked out by hand. */
  @Test
  void metricsOfATwoByTwoExample() {
    // e = (0 −1; −1 0). Column means of x: 2, 4; of e: −0.5, −0.5.
    Evaluation v =
        new Evaluation(
            2,
            2,
            new Sums(12, 50, 2 + 8),
            new Sums(-2, 2, 0.5 + 0.5),
            1.0 / 5 + 1.0 / 5,
            3,
            7.5,
            new long[] {2, 0, 1});
    assertEquals(0.5, v.loss());
    assertEquals((50 - 144 / 4.0) / 3, v.xVariance());
    assertEquals(1 - ((2 - 4 / 4.0) / 3) / (14 / 3.0), v.evGlobal(), 1e-15);
    assertEquals(0.9, v.evPerDimension(), 1e-15);
    assertEquals(0.8, v.evR2(), 1e-15);
    assertEquals(0.8, v.evMeanOfRatios(), 1e-15);
    assertEquals(1.5, v.l0());
    assertEquals(2.5, v.meanActivation());
    assertEquals(1, v.dead());
    assertEquals(1 / 3.0, v.deathRate());
  }
}
