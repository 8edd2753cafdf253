package io.saenative.analysis;

/**
 * What an intervention does to the reconstruction, over all rows; no language model is in the loop.
 * x̂' is the changed reconstruction; formulas in docs/metrics.md.
 *
 * @param rows number of rows
 * @param rowsChanged rows on which the code changes at all
 * @param meanAbsDiff mean of |x̂' − x̂| over all elements of all rows
 * @param maxAbsDiff largest |x̂' − x̂|
 * @param meanL2Diff mean over all rows of ‖x̂' − x̂‖
 * @param relativeChange Σ ‖x̂' − x̂‖ / Σ ‖x̂‖ over all rows
 * @param lossBefore mean (x − x̂)² over all elements
 * @param lossChange by how much the intervention raises it
 * @param evGlobalBefore the published explained variance
 * @param evGlobalChange by how much the intervention raises it: mostly negative
 * @param impact the experiment's word for meanAbsDiff: HIGH above 0.1, MEDIUM above 0.01, else LOW
 */
public record AblationEffect(
    Intervention intervention,
    int rows,
    int rowsChanged,
    double meanAbsDiff,
    double maxAbsDiff,
    double meanL2Diff,
    double relativeChange,
    double lossBefore,
    double lossChange,
    double evGlobalBefore,
    double evGlobalChange,
    String impact) {}
