package io.saenative.analysis;

import io.saenative.UserError;
import io.saenative.analysis.latents.EncodingPass;
import io.saenative.analysis.latents.EncodingPass.ActiveLatents;
import io.saenative.sae.Parameters;
import io.saenative.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Measures interventions on the codes of a set of rows in one pass. A row is decoded once; an
 * intervention only adds Σ change · W_dec[latent] to it, since the decoder is linear.
 */
public final class Ablation implements EncodingPass.Consumer {
  private final Tensor x;
  private final int dIn;
  private final double[] wDec;
  private final double[] bDec;
  private final List<Sums> sums = new ArrayList<>();
  private int rows;
  private double xSum;
  private double xSquared;
  private double errorSum;
  private double errorSquared;
  private double reconstructionL2;

  /** For the rows {@code x} that will pass, [rows, d_in]. */
  public Ablation(Parameters parameters, Tensor x, List<Intervention> interventions) {
    this.x = x;
    int dSae = Math.toIntExact(parameters.wDec().dim(0));
    dIn = Math.toIntExact(parameters.wDec().dim(1));
    wDec = parameters.wDec().toDoubles();
    bDec = parameters.bDec().toDoubles();
    for (Intervention intervention : interventions) {
      for (int latent : intervention.targets()) {
        if (latent < 0 || latent >= dSae) {
          throw new UserError(
              "there is no latent %d: --latents takes numbers from 0 to %d"
                  .formatted(latent, dSae - 1));
        }
      }
      sums.add(new Sums(intervention));
    }
  }

  @Override
  public void row(int row, ActiveLatents active) {
    double[] reconstruction = bDec.clone();
    for (int i = 0; i < active.count(); i++) {
      addScaled(active.values()[i], active.latents()[i], reconstruction);
    }
    double[] error = new double[dIn];
    double square = 0;
    for (int i = 0; i < dIn; i++) {
      double value = x.get((long) row * dIn + i);
      error[i] = value - reconstruction[i];
      xSum += value;
      xSquared += value * value;
      errorSum += error[i];
      errorSquared += error[i] * error[i];
      square += reconstruction[i] * reconstruction[i];
    }
    reconstructionL2 += Math.sqrt(square);
    rows++;
    sums.forEach(s -> s.add(active, error));
  }

  /** One for each intervention, in their order, of the rows that have passed. */
  public List<Effect> effects() {
    return sums.stream().map(Sums::effect).toList();
  }

  /** Sums over rows of one intervention; the error is that after it. */
  private final class Sums {
    private final Intervention intervention;
    private int rowsChanged;
    private double absDiff;
    private double maxAbsDiff;
    private double l2Diff;
    private double errorSumChange;
    private double errorSquaredChange;

    Sums(Intervention intervention) {
      this.intervention = intervention;
    }

    void add(ActiveLatents active, double[] error) {
      Map<Integer, Double> changes = intervention.changes(active);
      if (changes.isEmpty()) {
        return;
      }
      double[] diff = new double[dIn];
      changes.forEach((latent, change) -> addScaled(change, latent, diff));
      double square = 0;
      for (int i = 0; i < dIn; i++) {
        absDiff += Math.abs(diff[i]);
        maxAbsDiff = Math.max(maxAbsDiff, Math.abs(diff[i]));
        errorSumChange -= diff[i];
        errorSquaredChange += diff[i] * (diff[i] - 2 * error[i]);
        square += diff[i] * diff[i];
      }
      l2Diff += Math.sqrt(square);
      rowsChanged++;
    }

    Effect effect() {
      double elements = (double) rows * dIn;
      double meanAbsDiff = absDiff / elements;
      double evBefore = evGlobal(errorSum, errorSquared);
      double evAfter = evGlobal(errorSum + errorSumChange, errorSquared + errorSquaredChange);
      return new Effect(
          intervention,
          rowsChanged,
          new Effect.Difference(meanAbsDiff, maxAbsDiff, l2Diff / rows, l2Diff / reconstructionL2),
          new Effect.Shift(errorSquared / elements, errorSquaredChange / elements),
          new Effect.Shift(evBefore, evAfter - evBefore),
          meanAbsDiff > 0.1 ? "HIGH" : meanAbsDiff > 0.01 ? "MEDIUM" : "LOW");
    }
  }

  /** 1 − Var(e) / Var(x), each about one grand mean; the divisors cancel. */
  private double evGlobal(double sum, double squared) {
    double elements = (double) rows * dIn;
    return 1 - (squared - sum * sum / elements) / (xSquared - xSum * xSum / elements);
  }

  private void addScaled(double factor, int latent, double[] sum) {
    int row = latent * dIn;
    for (int i = 0; i < dIn; i++) {
      sum[i] += factor * wDec[row + i];
    }
  }

  /**
   * What an intervention does to the reconstruction, over all rows; no language model is in the
   * loop. Formulas in docs/metrics.md.
   *
   * @param rowsChanged rows on which the code changes at all
   * @param loss mean (x − x̂)² over all elements
   * @param evGlobal the published explained variance; its change is mostly negative
   * @param impact the experiment's word for meanAbsDiff: HIGH above 0.1, MEDIUM above 0.01, else
   *     LOW
   */
  public record Effect(
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
}
