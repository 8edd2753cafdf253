package io.saenative.run;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Quality;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.run.RunSummary.Curves;
import io.saenative.run.RunSummary.Details;
import io.saenative.run.RunSummary.ExplainedVariance;
import io.saenative.run.RunSummary.Metrics;
import io.saenative.run.RunSummary.Result;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What is known of the SAE of one K: from the summary of its training, from its analysis, or from
 * both. Figures that neither has are NaN.
 *
 * @param training what the experiment's keys tell
 * @param details what they do not
 */
public record KResult(
    int k,
    Optional<Result> training,
    Optional<Details> details,
    Optional<DictionaryAnalysis> analysis) {

  /**
   * ev_global, a share; of the validation rows, or of the rows analysed where no training is known.
   */
  public double explainedVariance() {
    return metric(Metrics::explainedVariance, Quality::evGlobal);
  }

  /** Mean squared error on the same rows. */
  public double loss() {
    return metric(Metrics::reconstructionLoss, Quality::loss);
  }

  /** Mean number of active latents a row. */
  public double l0() {
    return metric(Metrics::l0Norm, Quality::l0);
  }

  public double evPerDimension() {
    return figure(ExplainedVariance::perDimension, Quality::evPerDimension);
  }

  public double evR2() {
    return figure(ExplainedVariance::r2, Quality::evR2);
  }

  public double evMeanOfRatios() {
    return figure(ExplainedVariance::meanOfRatios, Quality::evMeanOfRatios);
  }

  /** One figure after each epoch; empty if no training is known. */
  public double[] history(Function<Curves, List<Double>> curve) {
    return training.map(Result::history).map(curve).orElse(List.of()).stream()
        .mapToDouble(value -> value == null ? Double.NaN : value)
        .toArray();
  }

  /** Least frequency among the active latents in the window. */
  public double leastFrequencyInWindow() {
    return analysis.map(a -> a.activity().frequencyInWindow()).map(d -> d.min()).orElse(Double.NaN);
  }

  /** What a rule found; empty if the rows have no chains of thought. */
  public Optional<ByRule> specialised(Function<Specialised, ByRule> rule) {
    return analysis.flatMap(DictionaryAnalysis::specialised).map(rule);
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
    return analysis
        .map(a -> a.activity().dead().train())
        .map(d -> (double) d.size())
        .orElse(Double.NaN);
  }

  public double deadOnValidation() {
    return training
        .map(t -> (double) t.metrics().numDeadFeatures())
        .or(() -> analysis.map(a -> (double) a.activity().dead().validation().size()))
        .orElse(Double.NaN);
  }

  public double deadOnBoth() {
    return analysis
        .map(a -> a.activity().dead().both())
        .map(d -> (double) d.size())
        .orElse(Double.NaN);
  }

  /** Frequencies of all latents, the most frequent first; empty without an analysis. */
  public double[] frequenciesByRank() {
    return analysis.map(DictionaryAnalysis::latents).orElse(List.of()).stream()
        .mapToDouble(l -> -l.activity().frequency())
        .sorted()
        .map(f -> -f)
        .toArray();
  }

  private double metric(ToDoubleFunction<Metrics> trained, Function<Quality, Double> analysed) {
    return training
        .map(t -> trained.applyAsDouble(t.metrics()))
        .or(() -> analysis.map(DictionaryAnalysis::evaluation).map(analysed))
        .orElse(Double.NaN);
  }

  private double figure(
      ToDoubleFunction<ExplainedVariance> trained, Function<Quality, Double> analysed) {
    return details
        .map(d -> trained.applyAsDouble(d.explainedVariance()))
        .or(() -> analysis.map(DictionaryAnalysis::evaluation).map(analysed))
        .orElse(Double.NaN);
  }
}
