package io.saenative.analysis.sound;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.SignedLatent;
import java.util.List;

/**
 * Which latents are specialised for which concept: every tested latent against every concept, over
 * the whole dictionary.
 *
 * @param rows number of rows
 * @param parseReport how well their steps could be parsed
 * @param concepts number of concepts
 * @param tests number of latent × concept tests, over which p is adjusted
 * @param latents the latents and half-latents tested, ascending
 */
public record ConceptAnalysis(
    Criteria criteria,
    int rows,
    ParseReport parseReport,
    int concepts,
    int tests,
    List<LatentConcepts> latents) {
  /** Associations that are told of one latent. */
  public static final int ASSOCIATIONS = 5;

  /**
   * One latent or half-latent.
   *
   * @param unit what was tested
   * @param best the concept it is specialised for, null if it is not: of those that meet the
   *     criteria the one with the largest lower end of the lift's interval, so that a narrow
   *     concept wins over a broad one unless its rows are few
   * @param associations those of smallest p
   */
  public record LatentConcepts(
      SignedLatent unit, Association best, List<Association> associations) {
    @JsonIgnore
    public boolean isSpecialised() {
      return best != null;
    }
  }

  /** Tests what one pass over the rows has counted. */
  public static ConceptAnalysis of(
      LatentStatistics statistics, ConceptCounts counts, Criteria criteria) {
    return ConceptTests.analysis(statistics, counts, criteria);
  }

  /** The latents of which the whole or at least one half is specialised, ascending. */
  public int[] specialisedLatents() {
    return latents.stream()
        .filter(LatentConcepts::isSpecialised)
        .mapToInt(l -> l.unit().latent())
        .distinct()
        .toArray();
  }
}
