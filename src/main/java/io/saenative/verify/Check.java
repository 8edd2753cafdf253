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
}
