package io.saenative.verify;

import io.saenative.sae.Parameters;
import io.saenative.sae.Session;
import io.saenative.sae.Session.State;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The first batch of a trace on an engine that rounds numbers before it multiplies them, held
 * against the reference engine: its codes, and loss and gradient of those of its rows on which both
 * select the same latents. The recorded ones are of all rows, and each tie broken the other way
 * moves them more than all rounding does.
 */
final class FirstBatch {
  private FirstBatch() {}

  /**
   * Compares.
   *
   * @param x the batch
   * @param codesTolerance of values, and of keys that tie
   * @param gradientTolerance of the loss, relative, and of each tensor of the gradient, relative to
   *     its norm
   */
  static List<Check> compare(
      Session session, Trace trace, Tensor x, double codesTolerance, double gradientTolerance) {
    try (Session reference = new ReferenceEngine().open(trace.config(), trace.optimizer())) {
      reference.setState(State.PARAMETERS, session.state(State.PARAMETERS));
      CodesComparison codes =
          new CodesComparison(session.encodeTopK(x), reference.encodeTopK(x), codesTolerance);
      List<Check> checks = new ArrayList<>(codes.checks("first ", codesTolerance));
      Tensor same = x.select(IntStream.range(0, (int) x.dim(0)).filter(codes::same).toArray());
      if (same.dim(0) == 0) {
        checks.add(
            new Check(
                "first loss",
                Double.NaN,
                gradientTolerance,
                "no row without a tie broken otherwise"));
        return checks;
      }
      double loss = session.gradients(same);
      double expectedLoss = reference.gradients(same);
      double lossError = Math.abs(loss - expectedLoss) / expectedLoss;
      checks.add(
          new Check(
              "first loss",
              lossError,
              gradientTolerance,
              same.dim(0) + " of " + x.dim(0) + " rows"));
      Parameters expected = reference.state(State.GRADIENTS);
      checks.addAll(
          NormError.checks(
              "first gradient", session.state(State.GRADIENTS), expected, gradientTolerance));
      return checks;
    }
  }
}
