package io.saenative.verify;

/**
 * One quantity of a replayed trace.
 *
 * @param quantity what was compared
 * @param worstError the largest relative error; what it is relative to is stated in {@link
 *     TraceReplay}
 * @param tolerance what {@link Tolerance} allows
 * @param where the place of the largest error
 */
public record Check(String quantity, double worstError, double tolerance, String where) {
  /** Whether the error is within the tolerance; false if it is NaN. */
  public boolean ok() {
    return worstError <= tolerance;
  }

  /** Finds the largest of the errors of one quantity, measured step by step or epoch by epoch. */
  static final class LargestError {
    private final String quantity;
    private final String unit;
    private final double tolerance;
    private double error = Double.NEGATIVE_INFINITY;
    private int at;

    /**
     * @param unit what the errors are numbered by, such as {@code epoch}
     */
    LargestError(String quantity, String unit, double tolerance) {
      this.quantity = quantity;
      this.unit = unit;
      this.tolerance = tolerance;
    }

    /**
     * Takes an error into account; NaN counts as the largest.
     *
     * @param number of its step or epoch, from 1
     */
    void add(double e, int number) {
      if (e > error || Double.isNaN(e)) {
        error = e;
        at = number;
      }
    }

    Check check() {
      return new Check(quantity, error, tolerance, unit + " " + at);
    }
  }
}
