package io.saenative.analysis.published;

import io.saenative.analysis.published.PublishedAnalysis.Feature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Two latents that the experiment proposes to swap: the most frequent specialist of each of two
 * numbers, or of each of two operations. Latents specialised for both a number and an operation are
 * left out.
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
    List<SwapPair> pairs = new ArrayList<>();
    List<Feature> values = mostFrequent(specialized, Specialization.Type.VALUE_SPECIALIZED);
    List<Feature> operations = mostFrequent(specialized, Specialization.Type.OPERATION_SPECIALIZED);
    forEachPair(values, (a, b) -> pairs.add(of("value", a, b, "should change answers")));
    forEachPair(
        operations, (a, b) -> pairs.add(of("operation", a, b, "should affect operation type")));
    return pairs;
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

  private interface PairVisitor {
    void visit(Feature a, Feature b);
  }

  private static void forEachPair(List<Feature> features, PairVisitor visitor) {
    for (int i = 0; i < features.size(); i++) {
      for (Feature b : features.subList(i + 1, features.size())) {
        visitor.visit(features.get(i), b);
      }
    }
  }
}
