package io.saenative.analysis.published;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.saenative.analysis.Shared;
import io.saenative.analysis.published.PublishedAnalysis.Feature;
import io.saenative.analysis.published.PublishedAnalysis.SwapPair;
import io.saenative.analysis.published.PublishedRule.Specialization;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The experiment's own analysis files are the oracle of the published rule. */
class PublishedFilesTest {
  private static final int VALIDATION_ROWS = 1495;

  private static PublishedAnalysis read(String name) throws Exception {
    return PythonJson.read(Shared.text(name), PublishedAnalysis.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data/published/activation_analysis_layer14_pos3_rank400-512.json",
        "data/published/activation_analysis_layer14_pos3_rank400-512_k200.json",
        "data/published/activation_analysis_layer14_pos3_rank400-512_k300.json",
        "pipeline/activation_analysis_layer3_pos3_rank50-200.json",
        "pipeline/activation_analysis_layer3_pos3_rank50-200_k300.json",
        "pipeline/activation_analysis_layer3_pos3_rank400-512.json",
        "pipeline/activation_analysis_layer3_pos3_rank400-512_k300.json"
      })
  void everyTypeDescriptionAndSwapPairFollowsFromTheScores(String name) throws Exception {
    PublishedAnalysis published = read(name);
    List<Feature> specialized = new ArrayList<>();
    for (Feature f : published.allFeatures()) {
      assertEquals(
          f.specialization(),
          Specialization.of(f.specialization().scores()),
          name + " rank " + f.rank());
      if (f.specialization().isSpecialized()) {
        specialized.add(f);
      }
    }
    assertEquals(published.specializedFeatures(), specialized);
    assertEquals(published.swapPairs(), SwapPair.of(specialized));
    assertEquals(Shared.text(name), PythonJson.write(published), "written again, byte for byte");
  }

  @Test
  void theSubstringRulesGiveTheScoresOfEverySampleListInFull() throws Exception {
    int checked = 0;
    for (Feature f :
        read("data/published/activation_analysis_layer14_pos3_rank400-512.json")
            .specializedFeatures()) {
      if (f.topSamples().size() == f.specialization().scores().totalSamples()) {
        var counts =
            new PublishedRule.Counts(
                f.topSamples().stream().mapToInt(s -> PublishedRule.matches(s.cot())));
        assertEquals(f.specialization().scores(), counts.scores());
        checked++;
      }
    }
    assertEquals(5, checked);
  }

  @Test
  void ofTheFiveSpecialisedLatentsAtK100FourFireOnOneRowAndFourPassByATie() throws Exception {
    var features =
        read("data/published/activation_analysis_layer14_pos3_rank400-512.json")
            .specializedFeatures();
    assertEquals(5, features.size());
    assertEquals(4, features.stream().filter(f -> firingCount(f) == 1).count());
    assertEquals(5, features.stream().filter(f -> firingCount(f) < 10).count());
    assertEquals(4, features.stream().filter(PublishedFilesTest::passesOnlyByATie).count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"_k200", "_k300"})
  void noLatentIsSpecialisedAtHigherK(String suffix) throws Exception {
    var analysis =
        read("data/published/activation_analysis_layer14_pos3_rank400-512" + suffix + ".json");
    assertEquals(113, analysis.allFeatures().size());
    assertEquals(List.of(), analysis.specializedFeatures());
  }

  private static long firingCount(Feature f) {
    return Math.round(f.activationFreq() * VALIDATION_ROWS);
  }

  /**
   * Whether neither its operations nor its values would stand out if what ties with the largest
   * counted as an "other".
   */
  private static boolean passesOnlyByATie(Feature f) {
    var scores = f.specialization().scores();
    double total = scores.totalSamples();
    return !standsOutAlone(scores.operations().values().stream().mapToDouble(p -> p), 70, 30)
        && !standsOutAlone(
            scores.values().values().stream().mapToDouble(count -> 100 * count / total), 50, 20);
  }

  private static boolean standsOutAlone(DoubleStream percentages, double above, double below) {
    double[] ascending = percentages.sorted().toArray();
    return ascending[ascending.length - 1] > above && ascending[ascending.length - 2] < below;
  }
}
