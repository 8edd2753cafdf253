package io.saenative.analysis.published;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.saenative.analysis.latents.EncodingPass.ActiveLatents;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.FeatureLabels.Feature;
import io.saenative.analysis.published.FeatureLabels.Interpretation;
import io.saenative.analysis.published.PublishedAnalysis.Setting;
import io.saenative.data.Activations.Label;
import io.saenative.data.Site;
import java.time.LocalDate;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FeatureLabelsTest {
  private static final Setting SETTING =
      new Setting(
          Optional.of(new Site(14, 3)),
          false,
          300,
          new RankWindow(400, 512),
          LocalDate.of(2025, 10, 27));

  /** One latent active on every one of the texts. */
  private static Interpretation of(List<String> texts) {
    LatentStatistics statistics = new LatentStatistics(1);
    IntStream.range(0, texts.size())
        .forEach(row -> statistics.row(row, new ActiveLatents(new int[] {0}, new double[] {1})));
    List<Label> labels = texts.stream().map(text -> new Label("p", List.of(text))).toList();
    return FeatureLabels.of(statistics, new TopTexts(statistics, labels), SETTING)
        .features()
        .getFirst()
        .interpretation();
  }

  private static List<String> times(int n, String text) {
    return Collections.nCopies(n, text);
  }

  @Test
  void threeTextsMakeAnOperationAndFiveANumber() {
    assertEquals(
        new Interpretation("unknown", "unknown", List.of(), "No clear pattern detected"),
        of(times(2, "1+1=2")));
    assertEquals(
        new Interpretation(
            "operation-level", "medium", List.of("addition"), "Operations: addition"),
        of(times(3, "1+1=2")));
    List<String> both = List.of("addition", "multiplication");
    assertEquals(
        new Interpretation("operation-level", "high", both, "Operations: addition, multiplication"),
        of(times(3, "1+1*1=2")));
    assertEquals(
        new Interpretation("unknown", "unknown", List.of(), "No clear pattern detected"),
        of(times(4, "=12")));
    assertEquals(
        new Interpretation("value-level", "medium", List.of("number_12"), "Numbers: 12"),
        of(times(5, "=12")));
    assertEquals(
        new Interpretation(
            "value-level",
            "medium",
            List.of("round_numbers"),
            "Round numbers (100, 200, 500, 1000)"),
        of(times(3, "=200")));
    assertEquals(
        new Interpretation(
            "mixed",
            "medium",
            List.of("number_100", "round_numbers", "subtraction"),
            "Operations: subtraction; Numbers: 100; Round numbers (100, 200, 500, 1000)"),
        of(times(5, "101-1=100")));
  }

  @Test
  void numbersAreSubstringsAndWordsCount() {
    assertEquals(List.of("number_12", "number_20"), of(times(5, "=3120x")).detectedPatterns());
    assertEquals(
        List.of("addition", "division", "multiplication", "subtraction"),
        of(times(3, "the Sum, DIFFERENCE, multiply and divide")).detectedPatterns());
  }

  @Test
  void theTwentyMostFrequentAreLabelledTenSamplesEach() {
    LatentStatistics statistics = new LatentStatistics(30);
    for (int row = 0; row < 30; row++) {
      int active = row + 1;
      double[] values = IntStream.range(0, active).mapToDouble(i -> -1.5).toArray();
      statistics.row(row, new ActiveLatents(IntStream.range(0, active).toArray(), values));
    }
    List<Label> labels =
        IntStream.range(0, 30)
            .mapToObj(row -> new Label("p" + row, List.of(row + "+0=" + row)))
            .toList();
    FeatureLabels file = FeatureLabels.of(statistics, new TopTexts(statistics, labels), SETTING);
    assertEquals(
        new FeatureLabels.Metadata(14, 3, "K=300, d=30", 20, "2025-10-27"), file.metadata());
    assertEquals(
        IntStream.range(0, 20).boxed().toList(),
        file.features().stream().map(Feature::featureId).toList());
    assertEquals(10, file.features().getFirst().topSamples().size());
    assertEquals(
        new PublishedAnalysis.Sample("p0", "0+0=0", -1.5),
        file.features().getFirst().topSamples().getFirst());
  }
}
