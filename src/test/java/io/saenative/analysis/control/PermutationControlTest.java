package io.saenative.analysis.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.Gsm8k;
import io.saenative.analysis.RandomCodes;
import io.saenative.analysis.control.PermutationControl.ChanceLevel;
import io.saenative.analysis.latents.EncodingPass.ActiveLatents;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.sound.Concept;
import io.saenative.analysis.sound.Concept.Kind;
import io.saenative.analysis.sound.ConceptCounts;
import io.saenative.analysis.sound.Concepts;
import io.saenative.analysis.sound.SoundRule;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.data.Activations.Label;
import io.saenative.sae.Session.Codes;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class PermutationControlTest {
  private static final int D_SAE = 512;
  private static final RankWindow WINDOW = new RankWindow(400, 512);

  private static StoredCodes stored(Codes codes, int maxRows) {
    StoredCodes stored = new StoredCodes(D_SAE, (int) codes.indices().dim(0), maxRows, 7);
    stored.accept(0, codes);
    return stored;
  }

  private static PermutationControl control(
      StoredCodes codes, List<Label> labels, RankWindow window) {
    Concepts concepts = Concepts.of(labels, Criteria.DEFAULT.minSupport(), Integer.MAX_VALUE);
    return PermutationControl.of(codes, labels, concepts, Criteria.DEFAULT, window, 50, 1);
  }

  /**
   * Under permuted labels every rejection is false, so the false discovery rate is the chance of
   * any rejection at all: it must stay at or under the nominal rate. With neither precision, lift
   * nor support asked for, the rule is Benjamini and Hochberg alone. 400 runs at a true rate of
   * 0.05 exceed 33 rejections with a chance of 0.002.
   */
  @Test
  void falseDiscoveriesOnPermutedLabelsStayUnderTheNominalRate() throws Exception {
    List<Label> labels = Gsm8k.labels("val");
    StoredCodes codes = stored(RandomCodes.of(labels.size(), 128, 20, 3), Integer.MAX_VALUE);
    Criteria significanceAlone = new Criteria(1, 0.05, 0, 0);
    PermutedSoundRule rule =
        new PermutedSoundRule(codes, Concepts.of(labels, 10, Integer.MAX_VALUE), significanceAlone);
    int runs = 400;
    long falseRuns =
        IntStream.range(0, runs)
            .filter(
                i -> !rule.specialised(PermutationControl.permutation(labels.size(), i)).isEmpty())
            .count();
    assertTrue(falseRuns <= 33, falseRuns + " of " + runs + " runs called something significant");
  }

  @Test
  void theQuickRuleIsTheAnalysis() throws Exception {
    List<Label> labels = Gsm8k.labels("val");
    Codes telling = tellingCodes(labels);
    StoredCodes codes = stored(telling, Integer.MAX_VALUE);
    Criteria lenient = new Criteria(5, 0.2, 0.4, 1.2);
    PermutedSoundRule rule =
        new PermutedSoundRule(codes, Concepts.of(labels, 5, Integer.MAX_VALUE), lenient);
    for (long seed = 0; seed < 5; seed++) {
      int rows = labels.size();
      int[] labelOf =
          seed == 0
              ? IntStream.range(0, rows).toArray()
              : PermutationControl.permutation(rows, seed);
      List<Label> dealt = Arrays.stream(labelOf).mapToObj(labels::get).toList();
      ConceptCounts counts = new ConceptCounts(D_SAE, Concepts.of(dealt, 5, Integer.MAX_VALUE));
      counts.accept(0, telling);
      int[] expected = SoundRule.of(codes.statistics(), counts, lenient).specialisedLatents();
      assertArrayEquals(expected, rule.specialised(labelOf).stream().toArray());
      assertTrue(seed > 0 || expected.length >= 2, "the planted latents are found");
    }
  }

  @Test
  void plantedLatentsStandOutFromChanceUnderTheSoundRule() throws Exception {
    List<Label> labels = Gsm8k.labels("val");
    StoredCodes codes = stored(tellingCodes(labels), Integer.MAX_VALUE);
    PermutationControl control = control(codes, labels, WINDOW);
    assertEquals(2, control.sound().observed());
    assertEquals(0, control.sound().max());
    assertEquals(1 / 51.0, control.sound().p());
    assertEquals(control, control(codes, labels, WINDOW), "same seed, same numbers");
  }

  /**
   * What the experiment took for specialisation at small K: latents that fire on one or two rows.
   */
  @Test
  void thePublishedRuleCallsRareLatentsSpecialisedByChance() throws Exception {
    List<Label> labels = Gsm8k.labels("val");
    StoredCodes codes = new StoredCodes(D_SAE, labels.size(), Integer.MAX_VALUE, 0);
    for (int row = 0; row < labels.size(); row++) {
      int[] latents = row < 40 ? new int[] {0, 1 + row} : new int[] {0};
      codes.row(
          row,
          new ActiveLatents(
              latents, IntStream.of(latents).asDoubleStream().map(latent -> 1).toArray()));
    }
    PermutationControl control = control(codes, labels, new RankWindow(2, 41));
    assertTrue(
        control.publishedInWindow().mean() > 10,
        "of 40 latents that fire once, by chance " + control.published());
    assertTrue(
        control.publishedInWindow().p() > 0.05, "the observed number is no more than chance gives");
    assertEquals(0, control.sound().max());
  }

  @Test
  void aSampleOfTheRowsIsUniformSortedAndOfTheSizeAskedFor() {
    int[] kept = new int[20];
    for (long seed = 0; seed < 4000; seed++) {
      StoredCodes codes = new StoredCodes(1, 20, 5, seed);
      IntStream.range(0, 20)
          .forEach(row -> codes.row(row, new ActiveLatents(new int[0], new double[0])));
      assertEquals(5, codes.size());
      for (int i = 0; i < 5; i++) {
        assertTrue(i == 0 || codes.row(i) > codes.row(i - 1));
        kept[codes.row(i)]++;
      }
    }
    for (int count : kept) {
      assertEquals(
          1000, count, 5 * Math.sqrt(4000 * 0.25 * 0.75), "each row in a quarter of the samples");
    }
  }

  @Test
  void chanceLevelByHand() {
    int[] permuted = IntStream.rangeClosed(1, 20).toArray();
    assertEquals(new ChanceLevel(18, 10.5, 19, 20, 4 / 21.0), ChanceLevel.of(18, permuted));
    assertEquals(new ChanceLevel(3, 0, 0, 0, 0.5), ChanceLevel.of(3, new int[] {0}));
  }

  /**
   * Random codes, but latent 5 is active where a row multiplies and then adds, latent 6 with a
   * minus where 12 occurs.
   */
  private static Codes tellingCodes(List<Label> labels) {
    Codes codes = RandomCodes.of(labels.size(), D_SAE - 10, 20, 3);
    Concepts concepts = Concepts.of(labels, 5, Integer.MAX_VALUE);
    int pair =
        concepts
            .vocabulary()
            .indexOf(new Concept(Kind.OPERATION_PAIR, "multiplication then addition"));
    int twelve = concepts.vocabulary().indexOf(new Concept(Kind.VALUE, "number 12"));
    for (int row = 0; row < labels.size(); row++) {
      for (int i = 0; i < 20; i++) {
        codes.indices().set(20L * row + i, codes.indices().get(20L * row + i) + 10);
      }
      codes.indices().set(20L * row, 5);
      codes.values().set(20L * row, holds(concepts, row, pair) ? 1 : 0);
      codes.indices().set(20L * row + 1, 6);
      codes.values().set(20L * row + 1, holds(concepts, row, twelve) ? -1 : 0);
    }
    return codes;
  }

  private static boolean holds(Concepts concepts, int row, int concept) {
    return Arrays.binarySearch(concepts.onRow(row), concept) >= 0;
  }
}
