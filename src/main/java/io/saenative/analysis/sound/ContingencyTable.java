package io.saenative.analysis.sound;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonProperty.Access;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * Rows by whether a latent is active and whether a concept holds, and the figures that follow from
 * these counts (formulas in docs/metrics.md). In JSON the figures stand beside the counts; they are
 * not read back.
 *
 * @param both rows on which both are so: the support
 * @param active rows on which the latent is active, at least 1
 * @param concept rows on which the concept holds, at least 1
 * @param rows all rows
 */
@JsonPropertyOrder(alphabetic = true)
public record ContingencyTable(int both, int active, int concept, int rows) {
  public ContingencyTable {
    long neither = (long) rows - active - concept + both;
    if (both < 0 || both > Math.min(active, concept) || neither < 0) {
      throw new IllegalArgumentException(
          "no table of %d rows has margins %d and %d and %d of both"
              .formatted(rows, active, concept, both));
    }
  }

  /** Share of the latent's rows on which the concept holds. */
  @JsonProperty(access = Access.READ_ONLY)
  public double precision() {
    return (double) both / active;
  }

  /** Share of the concept's rows on which the latent is active. */
  @JsonProperty(access = Access.READ_ONLY)
  public double recall() {
    return (double) both / concept;
  }

  /** Share of all rows on which the concept holds. */
  @JsonProperty(access = Access.READ_ONLY)
  public double baseRate() {
    return (double) concept / rows;
  }

  /** precision / base rate. */
  @JsonProperty(access = Access.READ_ONLY)
  public double lift() {
    return precision() / baseRate();
  }

  /** Wilson's 95 % interval. */
  @JsonProperty(access = Access.READ_ONLY)
  public Interval precisionInterval() {
    return Interval.wilson(both, active);
  }

  /** Wilson's 95 % interval. */
  @JsonProperty(access = Access.READ_ONLY)
  public Interval recallInterval() {
    return Interval.wilson(both, concept);
  }

  /** That of the precision over the base rate. */
  @JsonProperty(access = Access.READ_ONLY)
  public Interval liftInterval() {
    Interval precision = precisionInterval();
    return new Interval(precision.low() / baseRate(), precision.high() / baseRate());
  }

  /**
   * (a + ½)(d + ½) / ((b + ½)(c + ½)): Haldane's and Anscombe's estimate, finite for every table.
   */
  @JsonProperty(access = Access.READ_ONLY)
  public double oddsRatio() {
    return Math.exp(logOddsRatio());
  }

  /** Woolf's 95 % interval: exp(ln OR ± z √(Σ 1 / (cell + ½))). */
  @JsonProperty(access = Access.READ_ONLY)
  public Interval oddsRatioInterval() {
    double variance = 0;
    for (double cell : cells()) {
      variance += 1 / cell;
    }
    double half = Interval.Z95 * Math.sqrt(variance);
    return new Interval(Math.exp(logOddsRatio() - half), Math.exp(logOddsRatio() + half));
  }

  /**
   * One-sided Fisher exact p: of {@code both} or more, were the latent and the concept independent.
   */
  public double fisherP() {
    return FisherExact.upperTail(both, active, concept, rows);
  }

  private double logOddsRatio() {
    double[] c = cells();
    return Math.log(c[0]) + Math.log(c[3]) - Math.log(c[1]) - Math.log(c[2]);
  }

  /** The four cells, ½ added to each. */
  private double[] cells() {
    double neither = (double) rows - active - concept + both;
    return new double[] {both + 0.5, active - both + 0.5, concept - both + 0.5, neither + 0.5};
  }

  /** A 95 % confidence interval. */
  public record Interval(double low, double high) {
    /** The 97.5th percentile of the standard normal distribution. */
    static final double Z95 = 1.959963984540054;

    /** Wilson's score interval for a share of {@code successes} in {@code trials}, at least 1. */
    public static Interval wilson(long successes, long trials) {
      double share = (double) successes / trials;
      double z2 = Z95 * Z95;
      double centre = (share + z2 / (2.0 * trials)) / (1 + z2 / trials);
      double half =
          Z95
              / (1 + z2 / trials)
              * Math.sqrt(share * (1 - share) / trials + z2 / (4.0 * trials * trials));
      return new Interval(Math.max(0, centre - half), Math.min(1, centre + half));
    }
  }
}
