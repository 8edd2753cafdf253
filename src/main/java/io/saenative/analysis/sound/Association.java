package io.saenative.analysis.sound;

/**
 * How a latent and a concept go together; formulas in docs/metrics.md.
 *
 * @param support rows on which the latent is active and the concept holds
 * @param activeRows rows on which the latent is active
 * @param conceptRows rows on which the concept holds
 * @param precisionInterval Wilson's
 * @param recallInterval Wilson's
 * @param liftInterval that of the precision over the base rate
 * @param oddsRatio with ½ added to every cell
 * @param oddsRatioInterval Woolf's
 * @param p one-sided, Fisher's exact
 * @param q p adjusted by Benjamini and Hochberg over all tests of the run
 */
public record Association(
    Concept concept,
    int support,
    int activeRows,
    int conceptRows,
    double precision,
    Interval precisionInterval,
    double recall,
    Interval recallInterval,
    double baseRate,
    double lift,
    Interval liftInterval,
    double oddsRatio,
    Interval oddsRatioInterval,
    double p,
    double q) {

  static Association of(Concept concept, ContingencyTable table, double p, double q) {
    Interval precision = Interval.wilson(table.both(), table.active());
    return new Association(
        concept,
        table.both(),
        table.active(),
        table.concept(),
        table.precision(),
        precision,
        table.recall(),
        Interval.wilson(table.both(), table.concept()),
        table.baseRate(),
        table.lift(),
        new Interval(precision.low() / table.baseRate(), precision.high() / table.baseRate()),
        table.oddsRatio(),
        table.oddsRatioInterval(),
        p,
        q);
  }
}
