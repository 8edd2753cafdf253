package io.saenative.sae;

import java.util.Arrays;

/**
 * What one pass over a set of rows measures, from float64 sums; e = x − x̂, n rows of d columns.
 * Formulas and their sources: docs/metrics.md.
 *
 * @param rows n
 * @param dIn d
 * @param x of the rows themselves
 * @param error of e
 * @param rowRatioSum Σ over rows of ‖e‖² / ‖x − column means‖²
 * @param active selected latents whose value is not 0
 * @param absValueSum Σ |value| over them
 * @param firingCount [d_sae] rows on which each latent is active
 */
public record Evaluation(
    long rows,
    int dIn,
    Sums x,
    Sums error,
    double rowRatioSum,
    long active,
    double absValueSum,
    long[] firingCount) {

  /**
   * Sums over all n·d elements a of x or of e.
   *
   * @param sum Σ a
   * @param squared Σ a²
   * @param columnDeviation Σ over columns of Σ over rows (a − column mean)²
   */
  public record Sums(double sum, double squared, double columnDeviation) {
    /** Unbiased variance of n elements about their grand mean. */
    private double variance(double n) {
      return (squared - sum * sum / n) / (n - 1);
    }
  }

  /** Mean squared error over all n·d elements: the training loss. */
  public double loss() {
    return error.squared / elements();
  }

  /** Unbiased variance of all n·d elements of x about one grand mean. */
  public double xVariance() {
    return x.variance(elements());
  }

  /**
   * Whether all n·d elements of x are the same number, as far as rounding lets that be told: then
   * nothing can be explained.
   */
  public boolean constant() {
    return !(xVariance() > 1e-14 * x.squared / elements());
  }

  /**
   * 1 − Var(e)/Var(x), each about one grand mean over all elements: the published explained
   * variance. NaN for constant x.
   */
  public double evGlobal() {
    return constant() ? Double.NaN : 1 - error.variance(elements()) / xVariance();
  }

  /** 1 − Σ_d var(e_d) / Σ_d var(x_d). */
  public double evPerDimension() {
    return 1 - error.columnDeviation / x.columnDeviation;
  }

  /** 1 − Σ‖e‖² / Σ‖x − x̄‖²: a bias of the reconstruction counts against it. */
  public double evR2() {
    return 1 - error.squared / x.columnDeviation;
  }

  /** Mean over rows of 1 − ‖e‖² / ‖x − x̄‖². */
  public double evMeanOfRatios() {
    return 1 - rowRatioSum / rows;
  }

  /** Mean number of active latents a row. */
  public double l0() {
    return (double) active / rows;
  }

  /** Mean |value| over active latents; 0 if there is none. */
  public double meanActivation() {
    return active == 0 ? 0 : absValueSum / active;
  }

  /** Latents active on no row of this set. */
  public int dead() {
    return (int) Arrays.stream(firingCount).filter(count -> count == 0).count();
  }

  /** Share of latents active on no row of this set. */
  public double deathRate() {
    return (double) dead() / firingCount.length;
  }

  private double elements() {
    return (double) rows * dIn;
  }
}
