package io.saenative.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What was measured after each epoch, in order. */
public record History(List<Epoch> epochs) {
  public static final History EMPTY = new History(List.of());

  public History {
    epochs = List.copyOf(epochs);
  }

  /**
   * One epoch's figures.
   *
   * @param trainLoss unweighted mean of its steps' losses, the smaller last batch counting as a
   *     full one, as published
   * @param valLoss mean squared error on the validation rows after it
   * @param valExplainedVariance ev_global on the validation rows
   * @param valFeatureDeathRate share of latents active on no validation row
   * @param seconds wall time of training and validation; NaN where another process trained the
   *     epoch
   */
  public record Epoch(
      double trainLoss,
      double valLoss,
      double valExplainedVariance,
      double valFeatureDeathRate,
      double seconds) {}

  public History plus(Epoch epoch) {
    List<Epoch> all = new ArrayList<>(epochs);
    all.add(epoch);
    return new History(all);
  }

  /** One figure of every epoch, in order. */
  public List<Double> column(ToDoubleFunction<Epoch> figure) {
    return epochs.stream().mapToDouble(figure).boxed().toList();
  }

  /** Wall time of the epochs that this process trained. */
  public double seconds() {
    return epochs.stream().mapToDouble(Epoch::seconds).filter(Double::isFinite).sum();
  }
}
