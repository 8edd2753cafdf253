package io.saenative.analysis;

import io.saenative.data.synthetic.PlantedTruth;
import io.saenative.data.synthetic.PlantedTruth.PlantedDirection;
import io.saenative.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A rule's claims against the truth. A latent <i>carries</i> a planted direction if their |cosine|
 * is at least {@value #CARRIES}: then at least half of its squared length lies along it. Only
 * labelled directions count, since no rule that reads texts can name the others.
 *
 * @param claims latents that the rule calls specialised
 * @param carrying of them, those that carry any labelled direction
 * @param named of them, those that carry a direction of a concept that the rule names
 * @param labelled labelled planted directions
 * @param carried of them, those that some latent carries
 * @param found of them, those that a latent carries that the rule calls specialised for their
 *     concept
 * @param precision named / claims, null if the rule claims nothing
 * @param recall found / labelled, null if nothing was labelled
 */
public record RuleScore(
    int claims,
    int carrying,
    int named,
    int labelled,
    int carried,
    int found,
    Double precision,
    Double recall) {
  /** √½, rounded up. */
  public static final double CARRIES = 0.7072;

  /**
   * @param wDec [d_sae, d_in]
   */
  public static RuleScore of(Claims claims, PlantedTruth truth, Tensor wDec) {
    List<PlantedDirection> labelled = truth.labelled();
    double[][] cosines = PlantedRecovery.cosines(labelled, wDec);
    int carrying = 0;
    int named = 0;
    for (var claim : claims.conceptsOf().entrySet()) {
      int latent = claim.getKey();
      List<String> carried =
          IntStream.range(0, labelled.size())
              .filter(p -> carries(cosines, p, latent))
              .mapToObj(p -> labelled.get(p).concept())
              .toList();
      carrying += carried.isEmpty() ? 0 : 1;
      named += carried.stream().anyMatch(claim.getValue()::contains) ? 1 : 0;
    }
    int carried = 0;
    int found = 0;
    for (int p = 0; p < labelled.size(); p++) {
      String concept = labelled.get(p).concept();
      int[] carriers = carriers(cosines, p);
      carried += carriers.length > 0 ? 1 : 0;
      found +=
          IntStream.of(carriers)
                  .anyMatch(l -> claims.conceptsOf().getOrDefault(l, Set.of()).contains(concept))
              ? 1
              : 0;
    }
    int all = claims.conceptsOf().size();
    int truths = labelled.size();
    return new RuleScore(
        all, carrying, named, truths, carried, found, share(named, all), share(found, truths));
  }

  private static int[] carriers(double[][] cosines, int planted) {
    return IntStream.range(0, cosines[planted].length)
        .filter(latent -> carries(cosines, planted, latent))
        .toArray();
  }

  private static boolean carries(double[][] cosines, int planted, int latent) {
    return Math.abs(cosines[planted][latent]) >= CARRIES;
  }

  private static Double share(int part, int whole) {
    return whole == 0 ? null : (Double) ((double) part / whole);
  }
}
