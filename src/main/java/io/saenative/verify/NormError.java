package io.saenative.verify;

import io.saenative.sae.Parameters;
import io.saenative.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Accumulates ‖actual − expected‖ / ‖expected‖, and the place of the largest single difference. */
final class NormError {
  private double differenceSquares;
  private double expectedSquares;
  private double largest = -1;
  private String where = "nothing to compare";

  static NormError of(Tensor actual, Tensor expected) {
    NormError error = new NormError();
    boolean matrix = expected.shape().length == 2;
    for (long i = 0; i < expected.size(); i++) {
      if (matrix) {
        error.add(actual.get(i), expected.get(i), i / expected.dim(1), i % expected.dim(1));
      } else {
        error.add(actual.get(i), expected.get(i), i);
      }
    }
    return error;
  }

  void add(double actual, double expected, long... index) {
    double difference = Math.abs(actual - expected);
    differenceSquares += difference * difference;
    expectedSquares += expected * expected;
    if (difference > largest || Double.isNaN(difference)) {
      largest = difference;
      where = Arrays.toString(index);
    }
  }

  /** 0 if nothing differs, even from zero; NaN if nothing was compared. */
  double value() {
    if (largest == 0) {
      return 0;
    }
    return largest < 0 ? Double.NaN : Math.sqrt(differenceSquares / expectedSquares);
  }

  /** A check of each of four tensors, under names that begin with {@code what}. */
  static List<Check> checks(String what, Parameters actual, Parameters expected, double tolerance) {
    return List.of(
        of(actual.wEnc(), expected.wEnc()).check(what + " W_enc", tolerance),
        of(actual.bEnc(), expected.bEnc()).check(what + " b_enc", tolerance),
        of(actual.wDec(), expected.wDec()).check(what + " W_dec", tolerance),
        of(actual.bDec(), expected.bDec()).check(what + " b_dec", tolerance));
  }

  Check check(String quantity, double tolerance) {
    return new Check(quantity, value(), tolerance, where);
  }
}
