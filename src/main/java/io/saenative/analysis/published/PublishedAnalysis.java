package io.saenative.analysis.published;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.PublishedAnalysis.Feature;
import io.saenative.analysis.published.PublishedRule.Specialization;
import io.saenative.data.Site;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The experiment's own analysis of a window of frequency ranks, oddities included, as the content
 * of its file. In JSON the names are in snake case ({@link PythonJson}).
 *
 * @param syntheticData true of rows that were not recorded from a model; null, and then not in the
 *     file, of others: the experiment's files do not have it
 */
public record PublishedAnalysis(
    Metadata metadata,
    List<Feature> allFeatures,
    List<Feature> specializedFeatures,
    List<SwapPair> swapPairs,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean syntheticData) {
  /**
   * Analyses the latents whose ranks lie in the window; one that is active on no row is skipped,
   * its rank consumed.
   */
  public static PublishedAnalysis of(LatentStatistics statistics, TopTexts texts, Setting setting) {
    RankWindow window = setting.window();
    int[] ranking = statistics.ranking();
    List<Feature> features = new ArrayList<>();
    for (int rank = window.start(); rank <= Math.min(window.end(), ranking.length); rank++) {
      if (statistics.firingCount(ranking[rank - 1]) > 0) {
        features.add(Feature.of(statistics, texts, rank, ranking[rank - 1]));
      }
    }
    return of(features, statistics.dSae(), setting);
  }

  /**
   * A part of this analysis, for which the rules need not be asked again.
   *
   * @param setting the window lies in that of this analysis
   */
  public PublishedAnalysis window(int dSae, Setting setting) {
    RankWindow window = setting.window();
    return of(
        allFeatures.stream()
            .filter(f -> window.start() <= f.rank() && f.rank() <= window.end())
            .toList(),
        dSae,
        setting);
  }

  private static PublishedAnalysis of(List<Feature> features, int dSae, Setting setting) {
    List<Feature> specialized =
        features.stream().filter(f -> f.specialization().isSpecialized()).toList();
    List<SwapPair> swapPairs = SwapPair.of(specialized);
    Metadata metadata =
        new Metadata(
            setting.site().map(Site::layer).orElse(null),
            setting.site().map(Site::position).orElse(null),
            setting.saeConfig(dSae),
            List.of(setting.window().start(), setting.window().end()),
            features.size(),
            specialized.size(),
            swapPairs.size(),
            setting.date().toString());
    return new PublishedAnalysis(
        metadata, features, specialized, swapPairs, setting.synthetic() ? true : null);
  }

  /**
   * What is analysed.
   *
   * @param site where the rows were recorded; empty where they do not tell
   * @param synthetic whether the rows were made rather than recorded
   * @param k active latents a row
   * @param date that of the analysis
   */
  public record Setting(
      Optional<Site> site, boolean synthetic, int k, RankWindow window, LocalDate date) {
    String saeConfig(int dSae) {
      return "K=" + k + ", d=" + dSae;
    }
  }

  public record Metadata(
      @Nullable Integer layer,
      @Nullable Integer position,
      String saeConfig,
      List<Integer> rankRange,
      int totalFeaturesAnalyzed,
      int specializedFeaturesFound,
      int swapPairsGenerated,
      String analysisDate) {}

  /**
   * One latent.
   *
   * @param rank by activation frequency, from 1
   * @param featureId the latent
   * @param activationFreq share of rows on which it is active, rounded to float32 as the
   *     experiment's
   * @param meanMagnitude mean |value| over all rows
   * @param topSamples the first rows by |value| if it is specialised, else null
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Feature(
      int rank,
      int featureId,
      double activationFreq,
      double meanMagnitude,
      Specialization specialization,
      @Nullable List<Sample> topSamples) {

    static Feature of(LatentStatistics statistics, TopTexts texts, int rank, int latent) {
      Specialization specialization = Specialization.of(texts.counts(statistics, latent).scores());
      return new Feature(
          rank,
          latent,
          (float) statistics.frequency(latent),
          (float) statistics.meanMagnitude(latent),
          specialization,
          specialization.isSpecialized() ? Sample.of(statistics, texts, latent) : null);
    }
  }

  /**
   * A row that a latent is active on.
   *
   * @param cot its text
   * @param activation the signed value
   */
  public record Sample(String problemId, String cot, double activation) {
    static List<Sample> of(LatentStatistics statistics, TopTexts texts, int latent) {
      return statistics.topRows(latent).stream()
          .limit(TopTexts.SHOWN)
          .map(e -> new Sample(texts.problemId(e.row()), texts.text(e.row()), e.value()))
          .toList();
    }
  }

  /**
   * Two latents that the experiment proposes to swap: the most frequent specialist of each of two
   * numbers, or of each of two operations. Latents specialised for both a number and an operation
   * are left out.
   */
  public record SwapPair(
      String pairType,
      int featureA,
      int featureB,
      String descriptionA,
      String descriptionB,
      String prediction) {

    /**
     * @param specialized the specialised latents by rank; groups are paired in the order in which
     *     they first occur
     */
    static List<SwapPair> of(List<Feature> specialized) {
      List<Feature> values = mostFrequent(specialized, Specialization.Type.VALUE_SPECIALIZED);
      List<Feature> operations =
          mostFrequent(specialized, Specialization.Type.OPERATION_SPECIALIZED);
      List<SwapPair> pairs = new ArrayList<>();
      addPairs(pairs, "value", values, "should change answers");
      addPairs(pairs, "operation", operations, "should affect operation type");
      return pairs;
    }

    private static void addPairs(
        List<SwapPair> pairs, String pairType, List<Feature> features, String effect) {
      for (int i = 0; i < features.size(); i++) {
        for (Feature b : features.subList(i + 1, features.size())) {
          pairs.add(of(pairType, features.get(i), b, effect));
        }
      }
    }

    private static SwapPair of(String pairType, Feature a, Feature b, String effect) {
      String descriptionA = a.specialization().description();
      String descriptionB = b.specialization().description();
      String between = (descriptionA + "↔" + descriptionB).replace("number ", "");
      String prediction = "Swapping " + between + " features " + effect;
      return new SwapPair(
          pairType, a.featureId(), b.featureId(), descriptionA, descriptionB, prediction);
    }

    /** The first of each description: by rank, so the most frequent. */
    private static List<Feature> mostFrequent(List<Feature> specialized, Specialization.Type type) {
      Map<String, Feature> first = new LinkedHashMap<>();
      for (Feature f : specialized) {
        if (f.specialization().type() == type) {
          first.putIfAbsent(f.specialization().description(), f);
        }
      }
      return List.copyOf(first.values());
    }
  }
}
