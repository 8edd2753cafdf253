package io.saenative.analysis;

import io.saenative.analysis.published.PublishedAnalysis;
import io.saenative.analysis.sound.ConceptAnalysis;
import io.saenative.analysis.sound.ConceptAnalysis.LatentConcepts;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a rule says its specialised latents are specialised for.
 *
 * @param conceptsOf names of the concepts of each specialised latent: two where its halves differ
 *     or the published rule names an operation and a number
 */
public record Claims(Map<Integer, Set<String>> conceptsOf) {
  public static Claims of(ConceptAnalysis analysis) {
    Map<Integer, Set<String>> claims = new TreeMap<>();
    for (LatentConcepts latent : analysis.latents()) {
      latent
          .best()
          .ifPresent(
              best ->
                  claims
                      .computeIfAbsent(latent.unit().latent(), l -> new HashSet<>())
                      .add(best.concept().name()));
    }
    return new Claims(claims);
  }

  /**
   * @param analysis of the whole dictionary, to be compared with the sound rule
   */
  public static Claims of(PublishedAnalysis analysis) {
    Map<Integer, Set<String>> claims = new TreeMap<>();
    analysis
        .specializedFeatures()
        .forEach(
            f ->
                claims.put(
                    f.featureId(),
                    Set.copyOf(List.of(f.specialization().description().split(" \\+ ")))));
    return new Claims(claims);
  }
}
