package io.saenative.run;

import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.data.Site;
import io.saenative.run.RunFolder.Kind;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The results that a run left in its folder.
 *
 * @param summary of the trainings, if there is one
 * @param results every K that was trained or analysed, ascending
 */
public record RunFiles(RunFolder folder, Optional<RunSummary> summary, List<KResult> results) {

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
  public static RunFiles read(RunFolder folder) {
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
    return new RunFiles(folder, summary, results(summary, byK));
  }

  private static List<KResult> results(
      Optional<RunSummary> summary, SortedMap<Integer, DictionaryAnalysis> byK) {
    SortedSet<Integer> ks = new TreeSet<>(byK.keySet());
    summary.ifPresent(s -> ks.addAll(s.results().keySet()));
    return ks.stream()
        .map(
            k ->
                new KResult(
                    k,
                    summary.map(s -> s.results().get(k)),
                    summary.map(s -> s.saeNative().results().get(k)),
                    Optional.ofNullable(byK.get(k))))
        .toList();
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
}
