package io.saenative.analysis.published;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.Operation;
import io.saenative.data.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The experiment's taxonomy of its most frequent latents, as the content of its file {@code
 * feature_labels_….json}.
 *
 * @param syntheticData as {@link PublishedAnalysis} has it
 */
public record FeatureLabels(
    Metadata metadata,
    List<Feature> features,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean syntheticData) {
  /** The number of latents in the experiment's file. */
  public static final int TOP_LATENTS = 20;

  private static final int MIN_TEXTS = 3;
  private static final int MIN_TEXTS_WITH_VALUE = 5;

  /**
   * Labels the {@value #TOP_LATENTS} most frequent latents; the window of the setting plays no
   * part.
   */
  public static FeatureLabels of(
      LatentStatistics statistics, TopTexts texts, PublishedAnalysis.Setting setting) {
    int[] top = Arrays.copyOf(statistics.ranking(), Math.min(TOP_LATENTS, statistics.dSae()));
    List<Feature> features = new ArrayList<>();
    for (int latent : top) {
      features.add(Feature.of(statistics, texts, features.size() + 1, latent));
    }
    Metadata metadata =
        new Metadata(
            setting.site().map(Site::layer).orElse(null),
            setting.site().map(Site::position).orElse(null),
            setting.saeConfig(statistics.dSae()),
            features.size(),
            setting.date().toString());
    return new FeatureLabels(metadata, features, setting.synthetic() ? true : null);
  }

  public record Metadata(
      @Nullable Integer layer,
      @Nullable Integer position,
      String saeConfig,
      int numFeatures,
      String analysisDate) {}

  /** One latent; the other names are those of {@link PublishedAnalysis.Feature}. */
  public record Feature(
      int rank,
      int featureId,
      double activationFreq,
      double meanMagnitude,
      Interpretation interpretation,
      List<PublishedAnalysis.Sample> topSamples) {

    static Feature of(LatentStatistics statistics, TopTexts texts, int rank, int latent) {
      return new Feature(
          rank,
          latent,
          (float) statistics.frequency(latent),
          (float) statistics.meanMagnitude(latent),
          Interpretation.of(texts.counts(statistics, latent)),
          PublishedAnalysis.Sample.of(statistics, texts, latent));
    }
  }

  /**
   * What a latent is taken to be about.
   *
   * @param detectedPatterns sorted
   */
  public record Interpretation(
      String type, String confidence, List<String> detectedPatterns, String description) {

    static Interpretation of(PublishedRule.Counts counts) {
      List<String> operations =
          Arrays.stream(Operation.values())
              .filter(o -> counts.of(o) >= MIN_TEXTS)
              .map(Operation::toString)
              .toList();
      List<String> numbers =
          PublishedRule.VALUES.stream()
              .filter(v -> counts.ofValue(v) >= MIN_TEXTS_WITH_VALUE)
              .map(v -> Integer.toString(v))
              .toList();
      boolean round = counts.roundNumbers() >= MIN_TEXTS;
      List<String> values =
          Stream.concat(
                  numbers.stream().map(n -> "number_" + n),
                  round ? Stream.of("round_numbers") : Stream.of())
              .toList();
      List<String> patterns = Stream.concat(operations.stream(), values.stream()).sorted().toList();
      String description = description(operations, numbers, round);
      if (!operations.isEmpty() && !values.isEmpty()) {
        return new Interpretation("mixed", "medium", patterns, description);
      }
      if (patterns.isEmpty()) {
        return new Interpretation("unknown", "unknown", patterns, description);
      }
      String type = values.isEmpty() ? "operation-level" : "value-level";
      return new Interpretation(
          type, patterns.size() >= 2 ? "high" : "medium", patterns, description);
    }

    private static String description(
        List<String> operations, List<String> numbers, boolean round) {
      List<String> parts = new ArrayList<>();
      if (!operations.isEmpty()) {
        parts.add("Operations: " + String.join(", ", operations));
      }
      if (!numbers.isEmpty()) {
        parts.add("Numbers: " + String.join(", ", numbers));
      }
      if (round) {
        parts.add("Round numbers (100, 200, 500, 1000)");
      }
      return parts.isEmpty() ? "No clear pattern detected" : String.join("; ", parts);
    }
  }
}
