package io.saenative.analysis;

import io.saenative.analysis.latents.Distribution;
import io.saenative.analysis.latents.UnitRows;
import io.saenative.analysis.published.PublishedAnalysis;
import io.saenative.analysis.published.PublishedAnalysis.Feature;
import io.saenative.analysis.sound.SoundRule;
import io.saenative.data.synthetic.PlantedTruth;
import io.saenative.data.synthetic.PlantedTruth.PlantedDirection;
import io.saenative.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An SAE and both rules against the truth that was planted in synthetic rows. A latent
 * <i>carries</i> a planted direction if their |cosine| is at least {@value #CARRIES}: then at least
 * half of its squared length lies along it.
 *
 * @param recovery of the planted directions
 * @param sound the sound rule's claims
 * @param published the published rule's claims
 */
public record PlantedScore(PlantedRecovery recovery, RuleScore sound, RuleScore published) {
  /** √½, rounded up. */
  static final double CARRIES = 0.7072;

  /**
   * @param truth at least one direction
   * @param wDec [d_sae, d_in]
   * @param published of the whole dictionary, to be compared with the sound rule
   */
  static PlantedScore of(
      PlantedTruth truth, Tensor wDec, SoundRule sound, PublishedAnalysis published) {
    return new PlantedScore(
        PlantedRecovery.of(truth, wDec),
        RuleScore.of(claims(sound), truth, wDec),
        RuleScore.of(claims(published), truth, wDec));
  }

  /** Names of the concepts of each specialised latent: two where its halves differ. */
  static Map<Integer, Set<String>> claims(SoundRule rule) {
    return rule.latents().stream()
        .filter(l -> l.best().isPresent())
        .collect(
            Collectors.groupingBy(
                l -> l.unit().latent(),
                TreeMap::new,
                Collectors.mapping(
                    l -> l.best().orElseThrow().concept().name(), Collectors.toSet())));
  }

  /** Names of the concepts of each specialised latent: an operation, a number or both. */
  static Map<Integer, Set<String>> claims(PublishedAnalysis analysis) {
    Map<Integer, Set<String>> claims = new TreeMap<>();
    for (Feature f : analysis.specializedFeatures()) {
      claims.put(f.featureId(), Set.of(f.specialization().description().split(" \\+ ")));
    }
    return claims;
  }

  /**
   * How well the decoder directions recover the planted ones: matched one to one so that the sum of
   * |cosine| is largest.
   *
   * @param absCosine |cosine| of the matched pairs
   * @param recovered pairs with |cosine| of at least {@link PlantedScore#CARRIES}
   * @param matches in the order of the planted directions; those left over where there are fewer
   *     latents are missing
   */
  public record PlantedRecovery(
      int planted, Distribution absCosine, int recovered, List<Match> matches) {

    /**
     * A planted direction and its latent.
     *
     * @param planted its place among the planted directions
     * @param concept its name
     * @param cosine signed: a latent may point the other way and be active with a minus
     */
    public record Match(int planted, String concept, int latent, double cosine) {}

    /**
     * @param truth at least one direction
     * @param wDec [d_sae, d_in]
     */
    static PlantedRecovery of(PlantedTruth truth, Tensor wDec) {
      List<PlantedDirection> planted = truth.directions();
      double[][] cosines = cosines(planted, wDec);
      int[] latentOf = assigned(cosines);
      List<Match> matches =
          IntStream.range(0, planted.size())
              .filter(p -> latentOf[p] >= 0)
              .mapToObj(
                  p -> new Match(p, planted.get(p).concept(), latentOf[p], cosines[p][latentOf[p]]))
              .toList();
      double[] matched = matches.stream().mapToDouble(m -> Math.abs(m.cosine())).toArray();
      int recovered = (int) Arrays.stream(matched).filter(cosine -> cosine >= CARRIES).count();
      return new PlantedRecovery(planted.size(), Distribution.of(matched), recovered, matches);
    }

    /** The latent of each planted direction; −1 where it is left over. */
    private static int[] assigned(double[][] cosines) {
      int latents = cosines[0].length;
      double[][] weight = new double[cosines.length][Math.max(cosines.length, latents)];
      for (int p = 0; p < cosines.length; p++) {
        double[] row = cosines[p];
        // -1 of latents that there are not: any other is preferred
        Arrays.setAll(weight[p], latent -> latent < latents ? Math.abs(row[latent]) : -1);
      }
      return Arrays.stream(Assignment.largest(weight)).map(l -> l < latents ? l : -1).toArray();
    }
  }

  /**
   * A rule's claims against the truth. Only labelled directions count, since no rule that reads
   * texts can name the others.
   *
   * @param claims latents that the rule calls specialised
   * @param carrying of them, those that carry any labelled direction
   * @param named of them, those that carry a direction of a concept that the rule names
   * @param labelled labelled planted directions
   * @param carried of them, those that some latent carries
   * @param found of them, those that a latent carries that the rule calls specialised for their
   *     concept
   * @param precision named / claims, NaN if the rule claims nothing
   * @param recall found / labelled, NaN if nothing was labelled
   */
  public record RuleScore(
      int claims,
      int carrying,
      int named,
      int labelled,
      int carried,
      int found,
      double precision,
      double recall) {

    /**
     * @param claims names of the concepts that each specialised latent is specialised for
     * @param wDec [d_sae, d_in]
     */
    static RuleScore of(Map<Integer, Set<String>> claims, PlantedTruth truth, Tensor wDec) {
      List<PlantedDirection> labelled = truth.labelled();
      double[][] cosines = cosines(labelled, wDec);
      Set<Integer> carrying = new HashSet<>();
      Set<Integer> named = new HashSet<>();
      int carried = 0;
      int found = 0;
      for (int p = 0; p < labelled.size(); p++) {
        double[] row = cosines[p];
        String concept = labelled.get(p).concept();
        IntStream latents = IntStream.range(0, row.length);
        List<Integer> carriers =
            latents.filter(latent -> Math.abs(row[latent]) >= CARRIES).boxed().toList();
        List<Integer> naming = new ArrayList<>(carriers);
        naming.removeIf(latent -> !claims.getOrDefault(latent, Set.of()).contains(concept));
        carrying.addAll(carriers);
        named.addAll(naming);
        carried += carriers.isEmpty() ? 0 : 1;
        found += naming.isEmpty() ? 0 : 1;
      }
      carrying.retainAll(claims.keySet());
      return new RuleScore(
          claims.size(),
          carrying.size(),
          named.size(),
          labelled.size(),
          carried,
          found,
          (double) named.size() / claims.size(),
          (double) found / labelled.size());
    }
  }

  /** [planted][d_sae]. */
  private static double[][] cosines(List<PlantedDirection> planted, Tensor wDec) {
    int dIn = Math.toIntExact(wDec.dim(1));
    float[] directions = new float[Math.multiplyExact(planted.size(), dIn)];
    for (int p = 0; p < planted.size(); p++) {
      System.arraycopy(planted.get(p).direction(), 0, directions, p * dIn, dIn);
    }
    UnitRows latents = new UnitRows(wDec);
    double[][] cosines = new double[planted.size()][latents.rows()];
    UnitRows unit = new UnitRows(Tensor.of(directions, planted.size(), dIn));
    unit.cosines(latents, (p, latent, cosine) -> cosines[p][latent] = cosine);
    return cosines;
  }
}
