package io.saenative.analysis.published;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.LatentStatistics;
import io.saenative.analysis.Pipeline;
import io.saenative.analysis.RankWindow;
import io.saenative.analysis.Shared;
import io.saenative.analysis.published.PublishedAnalysis.Feature;
import io.saenative.analysis.published.PublishedAnalysis.Sample;
import io.saenative.analysis.published.PublishedAnalysis.Setting;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The published mode on real activations against the files of the experiment's own Python. */
class PipelineParityTest {
  /** Relative error of a float32 sum of 384 products. */
  private static final double FLOAT32_DOT = 0x1p-24 * Math.sqrt(384);

  private static final LocalDate DATE = LocalDate.of(2025, 10, 27);

  @ParameterizedTest
  @CsvSource({
    "100, 50, 200, activation_analysis_layer3_pos3_rank50-200.json",
    "100, 400, 512, activation_analysis_layer3_pos3_rank400-512.json",
    "300, 50, 200, activation_analysis_layer3_pos3_rank50-200_k300.json",
    "300, 400, 512, activation_analysis_layer3_pos3_rank400-512_k300.json"
  })
  void analysisIsThatOfTheExperiment(int k, int start, int end, String name) throws Exception {
    PublishedAnalysis expected = PythonJson.read(Shared.text("pipeline/" + name), PublishedAnalysis.class);
    Pipeline pipeline = Pipeline.load(k);
    LatentStatistics statistics = pipeline.statistics();
    PublishedAnalysis actual = analysis(statistics, pipeline, k, start, end);

    assertEquals(frequenciesByRank(expected), frequenciesByRank(actual));
    assertEquals(insideTheWindow(expected), insideTheWindow(actual));
    Map<Integer, Feature> all = new HashMap<>();
    analysis(statistics, pipeline, k, 1, 512).allFeatures().forEach(f -> all.put(f.featureId(), f));
    for (Feature e : expected.allFeatures()) {
      Feature a = all.get(e.featureId());
      assertEquals(e.activationFreq(), a.activationFreq());
      assertEquals(e.specialization(), a.specialization(), "latent " + e.featureId());
      assertEquals(e.meanMagnitude(), a.meanMagnitude(), FLOAT32_DOT * e.meanMagnitude());
      assertSamples(e.topSamples(), a.topSamples());
    }
    assertEquals(expected.swapPairs(), actual.swapPairs());
    assertEquals(expected.metadata().specializedFeaturesFound(), actual.metadata().specializedFeaturesFound());
    assertEquals("K=" + k + ", d=512", actual.metadata().saeConfig(), "the experiment always writes K=100");
  }

  private static List<Double> frequenciesByRank(PublishedAnalysis analysis) {
    return analysis.allFeatures().stream().map(Feature::activationFreq).toList();
  }

  /** Latents as frequent as the window's first or last may lie in it or not: the order of equals is free. */
  private static Set<Integer> insideTheWindow(PublishedAnalysis analysis) {
    double first = analysis.allFeatures().getFirst().activationFreq();
    double last = analysis.allFeatures().getLast().activationFreq();
    Set<Integer> inside = new HashSet<>();
    for (Feature f : analysis.allFeatures()) {
      if (f.activationFreq() != first && f.activationFreq() != last) {
        inside.add(f.featureId());
      }
    }
    assertTrue(inside.size() > analysis.allFeatures().size() / 2);
    return inside;
  }

  private static void assertSamples(List<Sample> expected, List<Sample> actual) {
    assertEquals(expected == null, actual == null);
    for (int i = 0; expected != null && i < expected.size(); i++) {
      assertEquals(expected.get(i).problemId(), actual.get(i).problemId());
      assertEquals(expected.get(i).cot(), actual.get(i).cot());
      double activation = actual.get(i).activation();
      assertEquals(expected.get(i).activation(), activation, FLOAT32_DOT * Math.abs(activation));
    }
  }

  private static PublishedAnalysis analysis(LatentStatistics statistics, Pipeline pipeline, int k, int start, int end) {
    Setting setting = new Setting(3, 3, k, new RankWindow(start, end), DATE);
    return PublishedAnalysis.of(statistics, pipeline.validation().labels(), setting);
  }
}
