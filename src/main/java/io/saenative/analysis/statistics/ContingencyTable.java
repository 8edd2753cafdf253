package io.saenative.analysis.statistics;

/**
 * Rows by whether a latent is active and whether a concept holds.
 *
 * @param both rows on which both are so: the support
 * @param active rows on which the latent is active, at least 1
 * @param concept rows on which the concept holds, at least 1
 * @param rows all rows
 */
public record ContingencyTable(int both, int active, int concept, int rows) {
  public ContingencyTable {
    if (both < Math.max(0, (long) active + concept - rows) || both > Math.min(active, concept) || Math.max(active, concept) > rows) {
      throw new IllegalArgumentException("no 2 × 2 table has both " + both + ", margins " + active + ", " + concept + " of " + rows);
    }
  }

  /** Share of the latent's rows on which the concept holds. */
  public double precision() {
    return (double) both / active;
  }

  /** Share of the concept's rows on which the latent is active. */
  public double recall() {
    return (double) both / concept;
  }

  /** Share of all rows on which the concept holds. */
  public double baseRate() {
    return (double) concept / rows;
  }

  /** precision / base rate. */
  public double lift() {
    return precision() / baseRate();
  }

  /** (a + ½)(d + ½) / ((b + ½)(c + ½)): Haldane's and Anscombe's estimate, finite for every table. */
  public double oddsRatio() {
    return Math.exp(logOddsRatio());
  }

  /** Woolf's 95 % interval: exp(ln OR ± z √(Σ 1 / (cell + ½))). */
  public Interval oddsRatioInterval() {
    double variance = 0;
    for (double cell : cells()) {
      variance += 1 / cell;
    }
    double half = Interval.Z95 * Math.sqrt(variance);
    return new Interval(Math.exp(logOddsRatio() - half), Math.exp(logOddsRatio() + half));
  }

  /** One-sided Fisher exact p: of {@code both} or more, were the latent and the concept independent. */
  public double fisherP() {
    return FisherExact.upperTail(both, active, concept, rows);
  }

  private double logOddsRatio() {
    double[] c = cells();
    return Math.log(c[0]) + Math.log(c[3]) - Math.log(c[1]) - Math.log(c[2]);
  }

  /** The four cells, ½ added to each. */
  private double[] cells() {
    return new double[] {both + 0.5, active - both + 0.5, concept - both + 0.5, (double) rows - active - concept + both + 0.5};
  }
}
