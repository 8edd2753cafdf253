package io.saenative.analysis;

/**
 * What an intervention does to the reconstruction, over all rows; no language model is in the loop.
 * Formulas in docs/metrics.md.
 *
 * @param rowsChanged rows on which the code changes at all
 * @param loss mean (x − x̂)² over all elements
 * @param evGlobal the published explained variance; its change is mostly negative
 * @param impact the experiment's word for meanAbsDiff: HIGH above 0.1, MEDIUM above 0.01, else LOW
 */
public record AblationEffect(
    Intervention intervention,
    int rowsChanged,
    Difference difference,
    Shift loss,
    Shift evGlobal,
    String impact) {

  /**
   * How far the changed reconstruction x̂' lies from the unchanged x̂.
   *
   * @param meanAbsDiff mean of |x̂' − x̂| over all elements of all rows
   * @param maxAbsDiff largest |x̂' − x̂|
   * @param meanL2Diff mean over all rows of ‖x̂' − x̂‖
   * @param relativeChange Σ ‖x̂' − x̂‖ / Σ ‖x̂‖ over all rows
   */
  public record Difference(
      double meanAbsDiff, double maxAbsDiff, double meanL2Diff, double relativeChange) {}

  /** A figure of the reconstruction without the intervention, and by how much it is raised. */
  public record Shift(double before, double change) {}
}
