package io.saenative.analysis.sound;

import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.SignedLatent;
import java.util.List;
import java.util.Optional;

/**
 * Which latents are specialised for which concept: every tested latent against every concept, over
 * the whole dictionary.
 *
 * @param tests number of latent × concept tests, over which p is adjusted
 * @param latents the latents and half-latents tested, ascending
 */
public record ConceptAnalysis(int tests, List<LatentConcepts> latents) {
  /** Associations of the smallest p that are shown of one latent. */
  public static final int ASSOCIATIONS = 5;

  /**
   * One latent or half-latent.
   *
   * @param unit what was tested
   * @param associations the one it is specialised for, if there is one, then those of smallest p
   */
  public record LatentConcepts(SignedLatent unit, List<Association> associations) {
    /**
     * The concept it is specialised for: of those that meet the criteria the one with the largest
     * lower end of the lift's interval, so that a narrow concept wins over a broad one unless its
     * rows are few.
     */
    public Optional<Association> best() {
      return associations.stream().filter(Association::specialised).findFirst();
    }
  }

  /** Tests what one pass over the rows has counted. */
  public static ConceptAnalysis of(
      LatentStatistics statistics, ConceptCounts counts, Criteria criteria) {
    return new AssociationScan(statistics, counts, criteria).analysis();
  }

  /** The latents of which the whole or at least one half is specialised, ascending. */
  public int[] specialisedLatents() {
    return latents.stream()
        .filter(l -> l.best().isPresent())
        .mapToInt(l -> l.unit().latent())
        .distinct()
        .toArray();
  }
}
