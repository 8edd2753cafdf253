package io.saenative.run;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Quality;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is known of the SAE of one K: from the summary of its training, from its analysis, or from
 * both. Figures that neither has are NaN.
 *
 * @param training {@code results.K} of the summary
 * @param further {@code sae_native.results.K} of the summary
 */
public record KResult(
    int k,
    Optional<Fields> training,
    Optional<Fields> further,
    Optional<DictionaryAnalysis> analysis) {

  /**
   * ev_global, a share; of the validation rows, or of the rows analysed where no training is known.
   */
  public double explainedVariance() {
    return metric("explained_variance", Quality::evGlobal);
  }

  /** Mean squared error on the same rows. */
  public double loss() {
    return metric("reconstruction_loss", Quality::loss);
  }

  /** Mean number of active latents a row. */
  public double l0() {
    return metric("l0_norm", Quality::l0);
  }

  public double evPerDimension() {
    return figure(further, "ev_per_dimension", Quality::evPerDimension);
  }

  public double evR2() {
    return figure(further, "ev_r2", Quality::evR2);
  }

  public double evMeanOfRatios() {
    return figure(further, "ev_mean_of_ratios", Quality::evMeanOfRatios);
  }

  /** One figure after each epoch; empty if no training is known. */
  public double[] history(String name) {
    return training.map(t -> t.at("history").numbers(name)).orElse(new double[0]);
  }

  /** Least frequency among the active latents in the window. */
  public double leastFrequencyInWindow() {
    return analysis.map(a -> a.activity().frequencyInWindow()).map(d -> d.min()).orElse(Double.NaN);
  }

  /** What a rule found; empty if the rows have no chains of thought. */
  public Optional<ByRule> specialised(Function<Specialised, ByRule> rule) {
    return analysis.map(DictionaryAnalysis::specialised).map(rule);
  }

  /** Latents that a rule calls specialised; NaN if there was none to ask it about. */
  public double specialisedCount(Function<Specialised, ByRule> rule) {
    return specialised(rule)
        .filter(r -> r.analysed() > 0)
        .map(r -> (double) r.count())
        .orElse(Double.NaN);
  }

  /** The mean number that it calls specialised where labels are dealt out anew. */
  public double chance(Function<Specialised, ByRule> rule) {
    return specialised(rule).map(ByRule::chance).map(c -> c.mean()).orElse(Double.NaN);
  }

  public double deadOnTrain() {
    return analysis.map(a -> a.dead().train()).map(d -> (double) d.size()).orElse(Double.NaN);
  }

  public double deadOnValidation() {
    return training
        .map(t -> t.at("metrics").number("num_dead_features"))
        .or(() -> analysis.map(a -> (double) a.dead().validation().size()))
        .orElse(Double.NaN);
  }

  public double deadOnBoth() {
    return analysis.map(a -> a.dead().both()).map(d -> (double) d.size()).orElse(Double.NaN);
  }

  /** Frequencies of all latents, the most frequent first; empty without an analysis. */
  public double[] frequenciesByRank() {
    return analysis.map(DictionaryAnalysis::latents).orElse(List.of()).stream()
        .mapToDouble(l -> -l.frequency())
        .sorted()
        .map(f -> -f)
        .toArray();
  }

  private double metric(String inSummary, Function<Quality, Double> inAnalysis) {
    return figure(training.map(t -> t.at("metrics")), inSummary, inAnalysis);
  }

  private double figure(
      Optional<Fields> summary, String inSummary, Function<Quality, Double> inAnalysis) {
    return summary
        .map(s -> s.number(inSummary))
        .or(() -> analysis.map(DictionaryAnalysis::evaluation).map(inAnalysis))
        .orElse(Double.NaN);
  }
}
