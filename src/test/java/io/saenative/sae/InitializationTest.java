package io.saenative.sae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class InitializationTest {
  private static final SaeConfig CONFIG = new SaeConfig(300, 200, 10, Selection.ABS, false);
  private static final Parameters P = Initialization.torchLinear(CONFIG, 7);

  @Test
  void aSeedGivesTheSameBitsAndAnotherSeedOthers() {
    assertTrue(P.sameBits(Initialization.torchLinear(CONFIG, 7)));
    assertFalse(P.sameBits(Initialization.torchLinear(CONFIG, 8)));
  }

  @Test
  void encoderAndBiasesAreUniform() {
    requireUniform(P.wEnc(), 1 / Math.sqrt(300));
    requireUniform(P.bEnc(), 1 / Math.sqrt(300));
    requireUniform(P.bDec(), 1 / Math.sqrt(200));
  }

  @Test
  void decoderDirectionsHaveUnitNormAndStayUniformInDirection() {
    for (int j = 0; j < CONFIG.dSae(); j++) {
      double squares = Arrays.stream(P.wDec().rows(j, j + 1).toDoubles()).map(w -> w * w).sum();
      assertEquals(1, squares, 1e-6);
    }
    // A uniform vector of 300 elements in ±b has a norm near b √(300/3), so its elements over its
    // norm are within ±√(3/300).
    double[] w = P.wDec().toDoubles();
    double bound = Math.sqrt(3.0 / 300);
    assertEquals(0, moment(w, 1) / bound, 5 * Math.sqrt(1.0 / 3 / w.length));
    assertEquals(1.0 / 3, moment(w, 2) / Math.pow(bound, 2), 1e-6);
    assertEquals(1.0 / 5, moment(w, 4) / Math.pow(bound, 4), 5e-3);
  }

  @Test
  void oneLatentOfOneInput() {
    Parameters p = Initialization.torchLinear(new SaeConfig(1, 1, 1, Selection.ABS, false), 0);
    assertEquals(1, Math.abs(p.wDec().get(0)));
  }

  /**
   * Bounds, the first four moments (within 5 standard errors) and the largest distance from the
   * distribution function (Kolmogorov–Smirnov, at a probability of 1e-6).
   */
  private static void requireUniform(Tensor t, double bound) {
    double[] u = Arrays.stream(t.toDoubles()).map(v -> v / bound).sorted().toArray();
    int n = u.length;
    assertTrue(u[0] >= -1 - 1e-7 && u[n - 1] <= 1 + 1e-7, "outside the bounds");
    for (int q = 1; q <= 4; q++) {
      double expected = q % 2 == 1 ? 0 : 1.0 / (q + 1);
      double variance = 1.0 / (2 * q + 1) - expected * expected;
      assertEquals(expected, moment(u, q), 5 * Math.sqrt(variance / n), "moment " + q);
    }
    double distance = 0;
    for (int i = 0; i < n; i++) {
      double f = (u[i] + 1) / 2;
      distance = Math.max(distance, Math.max(f - (double) i / n, (i + 1.0) / n - f));
    }
    assertTrue(distance < Math.sqrt(Math.log(2 / 1e-6) / 2 / n), "distance " + distance);
  }

  private static double moment(double[] a, int q) {
    return Arrays.stream(a).map(v -> Math.pow(v, q)).average().orElseThrow();
  }
}
