package io.saenative.sae;

import static io.saenative.sae.Comparisons.abs;
import static io.saenative.sae.Comparisons.each;
import static io.saenative.sae.Comparisons.map;
import static io.saenative.sae.Comparisons.norm;

import io.saenative.sae.Session.Codes;
import io.saenative.sae.Session.State;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.verify.Tolerance;

/**
 * How far the results of one case may be off, from {@link Tolerance} and the size of its sums: that
 * of a sum before cancellation is what the reference makes of the absolute values of all its terms.
 */
final class RoundingBounds {
  private final SaeConfig config;
  private final Parameters parameters;
  private final Tensor x;
  private final DType dtype;
  private final Precision precision;
  private final Session reference;

  RoundingBounds(
      SaeConfig config, Parameters parameters, Tensor x, DType dtype, Precision precision) {
    this.config = config;
    this.parameters = parameters;
    this.x = x;
    this.dtype = dtype;
    this.precision = precision;
    this.reference = open(config, parameters);
  }

  /** Terms of the longest sum in a step. */
  long longestSum() {
    return Math.max(Math.max(config.dIn(), config.k()), x.dim(0)) + 1L;
  }

  /** All z [rows, d_sae] of the reference. */
  Tensor exactPreActivations() {
    return preActivations(parameters, x);
  }

  /** Of each z [rows, d_sae]. */
  Tensor preActivations() {
    Parameters p = each(parameters, Comparisons::abs);
    // With pre-bias the encoder sees x − b_dec, whose error is relative to |x| + |b_dec|: subtract
    // −|b_dec|.
    Tensor negated = map(p.bDec(), a -> -a);
    Tensor sums = preActivations(new Parameters(p.wEnc(), p.bEnc(), p.wDec(), negated), abs(x));
    double tolerance = Tolerance.sum(dtype, config.dIn() + 1L) + Tolerance.product(precision);
    return map(sums, sum -> tolerance * sum);
  }

  /** Of each x̂ [rows, d_in] decoded from given codes, which no engine rounds. */
  Tensor reconstructions(Codes codes) {
    double tolerance = Tolerance.sum(dtype, config.k() + 1L);
    Parameters p = each(parameters, Comparisons::abs);
    try (Session s = open(config, p)) {
      return map(
          s.decodeSparse(new Codes(codes.indices(), abs(codes.values()))), sum -> tolerance * sum);
    }
  }

  /**
   * Of the residual x̂ − x of some rows, relative to its norm, and so of the gradients. The
   * residual magnifies the errors of x̂ by (‖x‖ + ‖x̂‖) / ‖x̂ − x‖.
   */
  double residual(Tensor rows) {
    Tensor xHat = reference.decodeSparse(reference.encodeTopK(rows));
    double squares = 0;
    for (long i = 0; i < rows.size(); i++) {
      squares += Math.pow(xHat.get(i) - rows.get(i), 2);
    }
    double cancellation =
        squares == 0 ? 1 : Math.max(1, (norm(rows) + norm(xHat)) / Math.sqrt(squares));
    return (Tolerance.sum(dtype, longestSum()) + Tolerance.step(precision)) * cancellation;
  }

  /** With k = d_sae and absolute selection every latent is selected, in order and with its sign. */
  private Tensor preActivations(Parameters p, Tensor input) {
    SaeConfig all =
        new SaeConfig(config.dIn(), config.dSae(), config.dSae(), Selection.ABS, config.preBias());
    try (Session s = open(all, p)) {
      return s.encodeTopK(input).values();
    }
  }

  private static Session open(SaeConfig c, Parameters p) {
    Session s = new ReferenceEngine().open(c, Optimizer.adam(1e-3, 1));
    s.setState(State.PARAMETERS, p);
    return s;
  }
}
