package io.saenative.run;

import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Quality;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.data.Site;
import io.saenative.run.RunFolder.Kind;
import io.saenative.run.RunSummary.Curves;
import io.saenative.run.RunSummary.Details;
import io.saenative.run.RunSummary.ExplainedVariance;
import io.saenative.run.RunSummary.Metrics;
import io.saenative.run.RunSummary.Result;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The results that a run left in its folder.
 *
 * @param summary of the trainings, if there is one
 * @param results every K that was trained or analysed, ascending
 */
public record RunResults(RunFolder folder, Optional<RunSummary> summary, List<KResult> results) {

  /**
   * What all results of one run share: a report must not compare SAEs of different data or sizes.
   */
  private record Shared(Optional<Site> site, int dIn, int dSae, String sha256) {
    static Shared of(RunSummary s) {
      return new Shared(
          s.site(),
          s.config().inputDim(),
          s.config().latentDim(),
          s.saeNative().data().validation().sha256());
    }

    static Shared of(DictionaryAnalysis a) {
      return new Shared(a.site(), a.sae().dIn(), a.sae().dSae(), a.data().validation().sha256());
    }
  }

  /**
   * Reads the summary and the analyses of a folder.
   *
   * @throws UserError if there is nothing to report, or files that do not belong together
   */
  public static RunResults read(RunFolder folder) {
    List<Path> summaries = folder.files(Kind.SUMMARY);
    List<Path> analyses = folder.files(Kind.ANALYSIS);
    if (summaries.isEmpty() && analyses.isEmpty()) {
      throw new UserError(
          folder.path()
              + " holds no results: neither a large_k_summary....json nor an"
              + " analysis/analysis_..._k....json is in it: name the output folder of a run");
    }
    if (summaries.size() > 1) {
      throw new UserError(
          folder.path()
              + " holds summaries of several layers or positions: give each a folder of its own");
    }
    Optional<RunSummary> summary = summaries.stream().findFirst().map(ResultFiles::readSummary);
    Path first = summaries.isEmpty() ? analyses.getFirst() : summaries.getFirst();
    Shared shared = summary.map(Shared::of).orElse(null);
    SortedMap<Integer, DictionaryAnalysis> byK = new TreeMap<>();
    for (Path file : analyses) {
      DictionaryAnalysis analysis = ResultFiles.readAnalysis(file);
      shared = shared == null ? Shared.of(analysis) : shared;
      if (!shared.equals(Shared.of(analysis))) {
        throw new UserError(
            file
                + " is of another layer, position, size or validation data than "
                + first
                + ": analyse again or give each a folder of its own");
      }
      byK.put(analysis.k(), analysis);
    }
    return new RunResults(folder, summary, results(summary, byK));
  }

  private static List<KResult> results(
      Optional<RunSummary> summary, SortedMap<Integer, DictionaryAnalysis> byK) {
    SortedSet<Integer> ks = new TreeSet<>(byK.keySet());
    summary.ifPresent(s -> ks.addAll(s.results().keySet()));
    return ks.stream().map(k -> KResult.of(k, summary, Optional.ofNullable(byK.get(k)))).toList();
  }

  /** Whether any of the rows behind the results was not recorded from a model. */
  public boolean synthetic() {
    return trainedOnSynthetic() || analysedOnSynthetic();
  }

  /**
   * Whether an SAE was trained on rows that were not recorded from a model, as far as that is
   * known.
   */
  public boolean trainedOnSynthetic() {
    return summary.map(s -> s.saeNative().syntheticData()).orElse(false)
        || analyses()
            .anyMatch(a -> a.sae().trainedBeside() != null && a.sae().trainedBeside().synthetic());
  }

  /** Whether rows that were looked at were not recorded from a model. */
  public boolean analysedOnSynthetic() {
    return results.stream().noneMatch(r -> r.analysis().isPresent())
        ? trainedOnSynthetic()
        : analyses().anyMatch(a -> a.data().validation().synthetic());
  }

  public Stream<DictionaryAnalysis> analyses() {
    return results.stream().flatMap(r -> r.analysis().stream());
  }

  /** Where in the model the activations were recorded; empty where the data do not tell. */
  public Optional<Site> site() {
    return shared().site();
  }

  public int dIn() {
    return shared().dIn();
  }

  public int dSae() {
    return shared().dSae();
  }

  private Shared shared() {
    return summary.map(Shared::of).orElseGet(() -> Shared.of(analyses().findFirst().orElseThrow()));
  }

  /**
   * The windows of the analyses, each once; more than one if they were made with different options.
   */
  public List<RankWindow> windows() {
    return analyses().map(a -> a.activity().window()).distinct().toList();
  }

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

    static KResult of(int k, Optional<RunSummary> summary, Optional<DictionaryAnalysis> analysis) {
      return new KResult(
          k,
          summary.map(s -> s.results().get(k)),
          summary.map(s -> s.saeNative().results().get(k)),
          analysis);
    }

    /**
     * ev_global, a share; of the validation rows, or of the rows analysed where no training is
     * known.
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
          .mapToDouble(Double::doubleValue)
          .toArray();
    }

    /** Least frequency among the active latents in the window. */
    public double leastFrequencyInWindow() {
      return analysis
          .map(a -> a.activity().frequencyInWindow())
          .map(d -> d.min())
          .orElse(Double.NaN);
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

    private double metric(ToDoubleFunction<Metrics> trained, ToDoubleFunction<Quality> analysed) {
      return training
          .map(t -> trained.applyAsDouble(t.metrics()))
          .or(() -> analysis.map(a -> analysed.applyAsDouble(a.evaluation())))
          .orElse(Double.NaN);
    }

    private double figure(
        ToDoubleFunction<ExplainedVariance> trained, ToDoubleFunction<Quality> analysed) {
      return details
          .map(d -> trained.applyAsDouble(d.explainedVariance()))
          .or(() -> analysis.map(a -> analysed.applyAsDouble(a.evaluation())))
          .orElse(Double.NaN);
    }
  }
}
