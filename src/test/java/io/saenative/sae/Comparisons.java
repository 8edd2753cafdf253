package io.saenative.sae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.saenative.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/** How two results are compared. */
final class Comparisons {
  private Comparisons() {}

  /** |actual − expected| ≤ bound, element by element. */
  static void assertClose(String what, Tensor actual, Tensor expected, Tensor bound) {
    assertEquals(
        Arrays.toString(expected.shape()), Arrays.toString(actual.shape()), what + ": shape");
    for (long i = 0; i < expected.size(); i++) {
      assertClose(what + "[" + i + "]", actual.get(i), expected.get(i), bound.get(i));
    }
  }

  /**
   * |actual − expected| ≤ bound; what underflows in float32 is forgiven, infinity equals infinity.
   */
  static void assertClose(String what, double actual, double expected, double bound) {
    boolean close = actual == expected || Math.abs(actual - expected) <= bound + Float.MIN_NORMAL;
    if (!close) {
      fail("%s is %s, expected %s ± %.2g".formatted(what, actual, expected, bound));
    }
  }

  /** ‖actual − expected‖ ≤ tolerance · ‖expected‖. */
  static void assertNormClose(String what, Tensor actual, Tensor expected, double tolerance) {
    assertEquals(
        Arrays.toString(expected.shape()), Arrays.toString(actual.shape()), what + ": shape");
    double squares = 0;
    for (long i = 0; i < expected.size(); i++) {
      double difference = actual.get(i) - expected.get(i);
      squares += difference * difference;
    }
    double difference = Math.sqrt(squares);
    double bound = tolerance * norm(expected);
    assertTrue(
        difference <= bound,
        "%s is off by %.3g in norm, allowed %.3g".formatted(what, difference, bound));
  }

  static double norm(Tensor t) {
    double squares = 0;
    for (long i = 0; i < t.size(); i++) {
      squares += t.get(i) * t.get(i);
    }
    return Math.sqrt(squares);
  }

  /** Sums over absolute values bound the rounding errors of the sums themselves. */
  static Tensor abs(Tensor t) {
    return map(t, Math::abs);
  }

  /** A copy of the same type and shape with f applied to every element. */
  static Tensor map(Tensor t, DoubleUnaryOperator f) {
    Tensor m = Tensor.zeros(t.dtype(), t.shape());
    for (long i = 0; i < t.size(); i++) {
      m.set(i, f.applyAsDouble(t.get(i)));
    }
    return m;
  }

  /** f applied to each of the four tensors. */
  static Parameters each(Parameters p, UnaryOperator<Tensor> f) {
    return new Parameters(
        f.apply(p.wEnc()), f.apply(p.bEnc()), f.apply(p.wDec()), f.apply(p.bDec()));
  }
}
