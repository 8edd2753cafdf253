package io.saenative.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.PlantedScore.PlantedRecovery;
import io.saenative.analysis.PlantedScore.RuleScore;
import io.saenative.data.synthetic.PlantedTruth;
import io.saenative.data.synthetic.PlantedTruth.Kind;
import io.saenative.data.synthetic.PlantedTruth.PlantedDirection;
import io.saenative.tensor.Tensor;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlantedScoreTest {
  private static final PlantedTruth TRUTH =
      new PlantedTruth(
          List.of(
              direction(Kind.OPERATION, "addition", 1, 0, 0, 0),
              direction(Kind.VALUE, "number 12", 0, 1, 0, 0),
              direction(Kind.UNLABELLED, "unlabelled", 0, 0, 1, 0)));

  /**
   * Latent 0 carries nothing well, 1 is −addition, 2 is the unlabelled one, 3 and 4 are both near
   * number 12.
   */
  private static final Tensor W_DEC =
      Tensor.of(new double[] {1, 1, 1, 1, -2, 0, 0, 0, 0, 0, 3, 0, 0, 9, 1, 0, 0, 5, 1, 1}, 5, 4);

  @Test
  void directionsAreMatchedOneToOneByAbsoluteCosine() {
    PlantedRecovery recovery = PlantedRecovery.of(TRUTH, W_DEC);
    assertEquals(
        List.of(1, 3, 2), recovery.matches().stream().map(PlantedRecovery.Match::latent).toList());
    assertEquals(-1, recovery.matches().getFirst().cosine());
    assertEquals(3, recovery.recovered());
    assertEquals(9 / Math.sqrt(82), recovery.absCosine().min(), 1e-15);
  }

  @Test
  void withFewerLatentsThanDirectionsSomeAreLeftOver() {
    PlantedRecovery recovery = PlantedRecovery.of(TRUTH, W_DEC.rows(2, 4));
    assertEquals(3, recovery.planted());
    assertEquals(
        List.of(1, 2), recovery.matches().stream().map(PlantedRecovery.Match::planted).toList());
    assertEquals(
        List.of(1, 0), recovery.matches().stream().map(PlantedRecovery.Match::latent).toList());
  }

  @Test
  void aRuleIsScoredByWhatItsLatentsCarry() {
    Map<Integer, Set<String>> claims =
        Map.of(
            0,
            Set.of("addition"),
            1,
            Set.of("addition", "number 50"),
            2,
            Set.of("addition"),
            3,
            Set.of("3 steps"));
    RuleScore score = RuleScore.of(claims, TRUTH, W_DEC);
    assertEquals(new RuleScore(4, 2, 1, 2, 2, 1, 0.25, 0.5), score);
  }

  @Test
  void withoutClaimsThereIsNoPrecision() {
    assertEquals(
        new RuleScore(0, 0, 0, 2, 2, 0, Double.NaN, 0.0), RuleScore.of(Map.of(), TRUTH, W_DEC));
  }

  @Test
  void carryingIsHalfOfTheSquaredLength() {
    assertTrue(
        PlantedScore.CARRIES * PlantedScore.CARRIES >= 0.5
            && PlantedScore.CARRIES < Math.sqrt(0.5) + 1e-4);
  }

  private static PlantedDirection direction(Kind kind, String concept, float... direction) {
    return new PlantedDirection(kind, concept, direction, new BitSet(), new BitSet());
  }
}
