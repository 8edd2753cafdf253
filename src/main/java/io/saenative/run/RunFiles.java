package io.saenative.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.format.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The results that a run left in a folder.
 *
 * @param summary {@code large_k_summary_layer{L}_pos{P}.json}, if there is one
 * @param results every K that was trained or analysed, ascending
 */
public record RunFiles(Path folder, Optional<Fields> summary, List<KResult> results) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern SUMMARY =
      Pattern.compile("large_k_summary_layer\\d+_pos\\d+\\.json");
  private static final Pattern ANALYSIS =
      Pattern.compile("analysis_layer\\d+_pos\\d+_k\\d+\\.json");

  /**
   * Reads the summary in the folder and the analyses in its folder of analyses.
   *
   * @throws UserError if there is nothing to report, or files that do not belong together
   */
  public static RunFiles read(Path folder) {
    List<Path> summaries = files(folder, SUMMARY);
    List<Path> analyses = files(folder.resolve(AnalysisFile.FOLDER), ANALYSIS);
    if (summaries.isEmpty() && analyses.isEmpty()) {
      throw new UserError(
          folder
              + " holds no results: neither a large_k_summary_layer..._pos....json nor an "
              + AnalysisFile.FOLDER
              + "/analysis_layer..._pos..._k....json is in it");
    }
    if (summaries.size() > 1) {
      throw new UserError(
          folder
              + " holds summaries of several layers or positions: give each a folder of its own");
    }
    Optional<Fields> summary = summaries.stream().findFirst().map(RunFiles::readSummary);
    SortedMap<Integer, DictionaryAnalysis> byK = new TreeMap<>();
    SameRun run = new SameRun(summary);
    for (Path file : analyses) {
      DictionaryAnalysis analysis = AnalysisFile.read(file);
      run.require(file, analysis);
      byK.put(analysis.k(), analysis);
    }
    return new RunFiles(folder, summary, results(summary, byK));
  }

  /**
   * Makes sure that what is about to be written to a folder can be reported together with what is
   * there already.
   *
   * @throws UserError if the folder holds results of another layer or position
   */
  public static void requireNoOther(Path folder, int layer, int position) {
    String ours = "_layer%d_pos%d".formatted(layer, position);
    Stream.concat(
            files(folder, SUMMARY).stream(),
            files(folder.resolve(AnalysisFile.FOLDER), ANALYSIS).stream())
        .filter(file -> !file.getFileName().toString().matches(".*" + ours + "[_.].*"))
        .findFirst()
        .ifPresent(
            file -> {
              throw new UserError(
                  "%s is of another layer or position than %d, %d: give each an --output-dir of its own"
                      .formatted(file, layer, position));
            });
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
    return summary.map(s -> s.at("sae_native").flag("synthetic_data")).orElse(false)
        || analyses().anyMatch(a -> a.trainedBeside() != null && a.trainedBeside().synthetic());
  }

  /** Whether rows that were looked at were not recorded from a model. */
  public boolean analysedOnSynthetic() {
    return results.stream().noneMatch(r -> r.analysis().isPresent())
        ? trainedOnSynthetic()
        : analyses().anyMatch(a -> a.data().synthetic());
  }

  public Stream<DictionaryAnalysis> analyses() {
    return results.stream().flatMap(r -> r.analysis().stream());
  }

  public int layer() {
    return summary
        .map(s -> s.at("config").integer("layer"))
        .orElseGet(() -> analyses().findFirst().orElseThrow().layer());
  }

  public int position() {
    return summary
        .map(s -> s.at("config").integer("position"))
        .orElseGet(() -> analyses().findFirst().orElseThrow().position());
  }

  public int dIn() {
    return summary
        .map(s -> s.at("config").integer("input_dim"))
        .orElseGet(() -> analyses().findFirst().orElseThrow().dIn());
  }

  public int dSae() {
    return summary
        .map(s -> s.at("config").integer("latent_dim"))
        .orElseGet(() -> analyses().findFirst().orElseThrow().dSae());
  }

  /**
   * The windows of the analyses, each once; more than one if they were made with different options.
   */
  public List<RankWindow> windows() {
    return analyses().map(DictionaryAnalysis::window).distinct().toList();
  }

  private static List<KResult> results(
      Optional<Fields> summary, SortedMap<Integer, DictionaryAnalysis> byK) {
    SortedSet<Integer> ks = new TreeSet<>(byK.keySet());
    summary.ifPresent(
        s -> s.at("results").node().fieldNames().forEachRemaining(k -> ks.add(Integer.valueOf(k))));
    return ks.stream()
        .map(
            k ->
                new KResult(
                    k,
                    at(summary, k, "results"),
                    at(summary, k, "sae_native", "results"),
                    Optional.ofNullable(byK.get(k))))
        .toList();
  }

  private static Optional<Fields> at(Optional<Fields> summary, int k, String... path) {
    return summary.map(s -> s.at(path)).flatMap(r -> r.optional(String.valueOf(k)));
  }

  private static Fields readSummary(Path file) {
    try {
      Fields summary = new Fields(file, "", JSON.readTree(file.toFile()));
      if (summary.has("sae_native")) {
        return summary;
      }
      throw new UserError(
          file + " was not written by this program: train with run, or report an analysis alone");
    } catch (IOException e) {
      throw new UserError(
          "cannot read " + file + ": " + e.getMessage().lines().findFirst().orElse("not JSON"), e);
    }
  }

  private static List<Path> files(Path folder, Pattern name) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(f -> name.matcher(f.getFileName().toString()).matches()).sorted().toList();
    } catch (IOException e) {
      throw new UserError("cannot read " + folder + ": " + AtomicFile.reason(e), e);
    }
  }
}
