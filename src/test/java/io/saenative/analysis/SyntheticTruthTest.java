package io.saenative.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.latents.EncodingPass.ActiveLatents;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.PublishedAnalysis;
import io.saenative.analysis.published.TopTexts;
import io.saenative.analysis.sound.ConceptCounts;
import io.saenative.analysis.sound.Concepts;
import io.saenative.analysis.sound.SoundRule;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.data.Activations.Label;
import io.saenative.data.synthetic.PlantedTruth.PlantedDirection;
import io.saenative.data.synthetic.SyntheticData;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The synthetic set and a dictionary that holds exactly what was planted in it: both rules against
 * the truth.
 */
class SyntheticTruthTest {
  private static final SyntheticData DATA = SyntheticData.generate();
  private static final List<Label> LABELS = DATA.validation().labels();
  private static final List<PlantedDirection> PLANTED = DATA.truth().directions();

  /** Latent j is planted direction j and active on its rows. */
  private static ActiveLatents active(int row) {
    int[] latents =
        IntStream.range(0, PLANTED.size())
            .filter(j -> PLANTED.get(j).validationRows().get(row))
            .toArray();
    double[] values = new double[latents.length];
    Arrays.fill(values, 1);
    return new ActiveLatents(latents, values);
  }

  private static Tensor decoder() {
    Tensor wDec = Tensor.zeros(DType.F32, PLANTED.size(), SyntheticData.D_IN);
    for (int j = 0; j < PLANTED.size(); j++) {
      for (int i = 0; i < SyntheticData.D_IN; i++) {
        wDec.set((long) j * SyntheticData.D_IN + i, PLANTED.get(j).direction()[i]);
      }
    }
    return wDec;
  }

  /**
   * Two implementations, one that makes chains and one that parses their text, agree on what holds
   * where.
   */
  @Test
  void theParserFindsEveryPlantedConceptOnExactlyItsRows() {
    Concepts concepts = Concepts.of(LABELS, 1, Integer.MAX_VALUE);
    assertEquals(0, concepts.parseReport().malformed().size());
    for (PlantedDirection planted : DATA.truth().labelled()) {
      int id =
          IntStream.range(0, concepts.vocabulary().size())
              .filter(c -> concepts.vocabulary().get(c).name().equals(planted.concept()))
              .findFirst()
              .orElse(-1);
      BitSet rows = new BitSet();
      IntStream.range(0, concepts.rows())
          .filter(row -> Arrays.binarySearch(concepts.onRow(row), id) >= 0)
          .forEach(rows::set);
      assertEquals(planted.validationRows(), rows, planted.concept());
    }
  }

  /**
   * Of a perfect dictionary the sound rule misses only what no rule with its support and lift could
   * claim.
   */
  @Test
  void theSoundRuleFindsWhatWasPlantedAndThePublishedRuleDoesNot() {
    LatentStatistics statistics = new LatentStatistics(PLANTED.size());
    ConceptCounts counts =
        new ConceptCounts(
            PLANTED.size(), Concepts.of(LABELS, Criteria.DEFAULT.minSupport(), Integer.MAX_VALUE));
    for (int row = 0; row < LABELS.size(); row++) {
      statistics.row(row, active(row));
      counts.row(row, active(row));
    }
    var setting =
        new PublishedAnalysis.Setting(
            Optional.empty(), true, 300, new RankWindow(1, PLANTED.size()), LocalDate.EPOCH);
    SoundRule sound = SoundRule.of(statistics, counts, Criteria.DEFAULT);
    PublishedAnalysis published =
        PublishedAnalysis.of(statistics, new TopTexts(statistics, LABELS), setting);
    PlantedScore score = PlantedScore.of(DATA.truth(), decoder(), sound, published);

    long within = DATA.truth().labelled().stream().filter(SyntheticTruthTest::withinReach).count();
    assertTrue(within > 0.9 * DATA.truth().labelled().size());
    assertEquals(within, score.sound().found());
    assertEquals(1.0, score.sound().precision(), "and no unlabelled direction is given a name");
    assertTrue(score.published().recall() < 0.1, "the published rule: " + score);
    assertEquals(PLANTED.size(), score.recovery().recovered());
  }

  private static boolean withinReach(PlantedDirection planted) {
    int rows = planted.validationRows().cardinality();
    return rows >= Criteria.DEFAULT.minSupport() && LABELS.size() >= Criteria.DEFAULT.lift() * rows;
  }
}
