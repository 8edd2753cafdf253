package io.saenative.bench;

import io.saenative.sae.SaeConfig;

/**
 * What a call cannot avoid: the arithmetic of its mathematics, and each number that goes in or
 * comes out moved once. A kernel may do more, such as multiply by the zeros of unselected latents;
 * its rates are then those of useful work.
 *
 * @param flops two for each multiply-add of the sums over d_in, d_sae and k; what is done once a
 *     number (Adam, the loss) is left out
 * @param bytes read and written, at four bytes a number
 */
public record Work(double flops, double bytes) {
  private static final int BYTES = 4;

  static Work selectTopK(SaeConfig c, int rows) {
    return new Work(0, BYTES * (rows * (double) c.dSae() + codes(c, rows)));
  }

  static Work encodeTopK(SaeConfig c, int rows) {
    return new Work(
        dense(c, rows), BYTES * (inputs(c, rows) + matrix(c) + c.dSae() + codes(c, rows)));
  }

  static Work decodeSparse(SaeConfig c, int rows) {
    return new Work(
        sparse(c, rows), BYTES * (codes(c, rows) + matrix(c) + c.dIn() + inputs(c, rows)));
  }

  /** Encoder; decoder, gradient of the values and of both matrices over the selected latents. */
  static Work gradients(SaeConfig c, int rows) {
    return new Work(
        dense(c, rows) + 4 * sparse(c, rows), BYTES * (inputs(c, rows) + 2 * parameters(c)));
  }

  /** Reads parameter, gradient and both moments; writes all but the gradient. */
  static Work adamUpdate(SaeConfig c) {
    return new Work(0, BYTES * 7 * parameters(c));
  }

  /** The gradients, used where they arise: parameter and moments are read and written. */
  static Work trainStep(SaeConfig c, double rows) {
    return new Work(
        dense(c, rows) + 4 * sparse(c, rows), BYTES * (inputs(c, rows) + 6 * parameters(c)));
  }

  static Work evaluate(SaeConfig c, int rows) {
    return new Work(dense(c, rows) + sparse(c, rows), BYTES * (inputs(c, rows) + parameters(c)));
  }

  /** Rows times a whole matrix, as the dense encoder and decoder do it. */
  static Work denseProduct(SaeConfig c, int rows) {
    return new Work(
        dense(c, rows), BYTES * (inputs(c, rows) + matrix(c) + rows * (double) c.dSae()));
  }

  private static double dense(SaeConfig c, double rows) {
    return 2 * rows * matrix(c);
  }

  private static double sparse(SaeConfig c, double rows) {
    return 2 * rows * c.k() * c.dIn();
  }

  private static double inputs(SaeConfig c, double rows) {
    return rows * c.dIn();
  }

  /** Numbers in the codes of some rows: indices and values. */
  private static double codes(SaeConfig c, double rows) {
    return 2 * rows * c.k();
  }

  private static double matrix(SaeConfig c) {
    return (double) c.dSae() * c.dIn();
  }

  private static double parameters(SaeConfig c) {
    return 2 * matrix(c) + c.dSae() + c.dIn();
  }
}
