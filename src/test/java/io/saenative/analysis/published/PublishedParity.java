package io.saenative.analysis.published;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.published.PublishedAnalysis.Feature;
import io.saenative.analysis.published.PublishedAnalysis.Sample;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether an analysis is the one that the experiment's own Python wrote, but for rounding and the
 * order of equals.
 */
public final class PublishedParity {
  /** Relative error of a float32 sum of 384 products. */
  private static final double FLOAT32_DOT = 0x1p-24 * Math.sqrt(384);

  private PublishedParity() {}

  /**
   * Fails if it is not.
   *
   * @param expected the experiment's, of a window
   * @param actual ours of the same window
   * @param whole ours of the whole dictionary
   */
  public static void assertSame(
      PublishedAnalysis expected, PublishedAnalysis actual, PublishedAnalysis whole) {
    assertEquals(frequenciesByRank(expected), frequenciesByRank(actual));
    assertEquals(insideTheWindow(expected), insideTheWindow(actual));
    Map<Integer, Feature> all = new HashMap<>();
    whole.allFeatures().forEach(f -> all.put(f.featureId(), f));
    for (Feature e : expected.allFeatures()) {
      Feature a = all.get(e.featureId());
      assertEquals(e.activationFreq(), a.activationFreq());
      assertEquals(e.specialization(), a.specialization(), "latent " + e.featureId());
      assertEquals(e.meanMagnitude(), a.meanMagnitude(), FLOAT32_DOT * e.meanMagnitude());
      assertSamples(e.topSamples(), a.topSamples());
    }
    assertEquals(expected.swapPairs(), actual.swapPairs());
    assertEquals(
        expected.metadata().specializedFeaturesFound(),
        actual.metadata().specializedFeaturesFound());
  }

  private static List<Double> frequenciesByRank(PublishedAnalysis analysis) {
    return analysis.allFeatures().stream().map(Feature::activationFreq).toList();
  }

  /**
   * Latents as frequent as the window's first or last may lie in it or not: the order of equals is
   * free.
   */
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
}
