package io.saenative.analysis.sound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.latents.EncodingPass.ActiveLatents;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.LatentStatistics.Sign;
import io.saenative.analysis.latents.LatentStatistics.SignedLatent;
import io.saenative.analysis.sound.SoundRule.Association;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.analysis.sound.SoundRule.LatentConcepts;
import io.saenative.data.Activations.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SoundRuleTest {
  private static final String MULTIPLY_THEN_ADD = "multiplication then addition";

  /**
   * 200 rows: every fourth multiplies, then adds; another fourth adds, then multiplies; the rest
   * subtract.
   */
  private static List<Label> labels() {
    List<Label> labels = new ArrayList<>();
    for (int row = 0; row < 200; row++) {
      int n = 1000 + row;
      List<String> steps =
          switch (row % 4) {
            case 0 -> List.of(n + "*2=7", "7+" + n + "=8");
            case 1 -> List.of(n + "+2=7", "7*" + n + "=8");
            default -> List.of(n + "-2=12");
          };
      labels.add(new Label("p" + row, steps));
    }
    return labels;
  }

  /** Which latents are active on a row, by sign. */
  private interface Firing {
    ActiveLatents on(int row);
  }

  private static SoundRule analyse(int dSae, Firing firing) {
    List<Label> labels = labels();
    LatentStatistics statistics = new LatentStatistics(dSae);
    ConceptCounts counts =
        new ConceptCounts(
            dSae, Concepts.of(labels, Criteria.DEFAULT.minSupport(), Integer.MAX_VALUE));
    for (int row = 0; row < labels.size(); row++) {
      ActiveLatents active = firing.on(row);
      statistics.row(row, active);
      counts.row(row, active);
    }
    return SoundRule.of(statistics, counts, Criteria.DEFAULT);
  }

  private static ActiveLatents active(double... values) {
    int[] latents =
        java.util.stream.IntStream.range(0, values.length).filter(i -> values[i] != 0).toArray();
    return new ActiveLatents(
        latents, java.util.Arrays.stream(values).filter(v -> v != 0).toArray());
  }

  @Test
  void conceptsAreParsedNotSearched() {
    Concepts concepts = Concepts.of(labels(), 10, Integer.MAX_VALUE);
    Set<String> names =
        concepts.vocabulary().stream().map(Concept::name).collect(Collectors.toSet());
    assertEquals(
        Set.of(
            "addition",
            "subtraction",
            "multiplication",
            MULTIPLY_THEN_ADD,
            "addition then multiplication",
            "sequence multiplication, addition",
            "sequence addition, multiplication",
            "sequence subtraction",
            "number 2",
            "number 7",
            "number 8",
            "number 12",
            "1 step",
            "2 steps",
            "answer 8",
            "answer 12"),
        names,
        "not number 1012, which is on one row");
    int twelve = concepts.vocabulary().indexOf(new Concept(Concept.Kind.VALUE, "number 12"));
    assertEquals(100, concepts.support(twelve), "number 12 is not in 1012 nor 1120");
  }

  @Test
  void aLatentIsNamedByTheNarrowestConceptItHolds() {
    SoundRule analysis = analyse(2, row -> active(row % 4 == 0 ? 1 : 0, row % 2 == 0 ? 1 : 0));
    assertArrayEquals(new int[] {0}, analysis.specialisedLatents());
    Association best = analysis.latents().get(0).best().orElseThrow();
    assertEquals(MULTIPLY_THEN_ADD, best.concept().name());
    assertEquals(50, best.table().both());
    assertEquals(1.0, best.table().precision());
    assertEquals(1.0, best.table().recall());
    assertEquals(4.0, best.table().lift());
    assertTrue(best.q() < 1e-30);
    assertEquals(2 * 16, analysis.tests());
  }

  @Test
  void aLatentWithTwoSignsIsTestedBySign() {
    SoundRule analysis = analyse(1, row -> active(new double[] {1, -1, 0, 0}[row % 4]));
    List<SignedLatent> units = analysis.latents().stream().map(LatentConcepts::unit).toList();
    assertEquals(
        List.of(new SignedLatent(0, Sign.POSITIVE), new SignedLatent(0, Sign.NEGATIVE)), units);
    assertEquals(
        MULTIPLY_THEN_ADD, analysis.latents().get(0).best().orElseThrow().concept().name());
    assertEquals(
        "addition then multiplication",
        analysis.latents().get(1).best().orElseThrow().concept().name());
    assertArrayEquals(
        new int[] {0}, analysis.specialisedLatents(), "one latent, although both halves are");
  }

  @Test
  void aFewStrayActivationsOfTheOtherSignDoNotSplitALatent() {
    SoundRule analysis = analyse(1, row -> active(row % 4 == 0 ? (row < 36 ? -1 : 1) : 0));
    assertEquals(
        List.of(new SignedLatent(0, Sign.BOTH)),
        analysis.latents().stream().map(LatentConcepts::unit).toList());
  }

  @Test
  void whatFiresOnTooFewRowsIsNotTested() {
    SoundRule analysis =
        analyse(
            2, row -> active(row % 4 == 0 && row < 36 ? 1 : 0, row % 4 == 0 && row < 40 ? 1 : 0));
    assertEquals(
        List.of(new SignedLatent(1, Sign.BOTH)),
        analysis.latents().stream().map(LatentConcepts::unit).toList());
    assertTrue(analysis.latents().get(0).best().isPresent(), "ten rows of ten");
  }

  @Test
  void aBroadConceptIsNoSpecialisation() {
    SoundRule analysis =
        analyse(1, row -> active(row % 2 == 0 && row % 4 != 0 || row % 4 == 3 ? 1 : 0));
    assertEquals("subtraction", analysis.latents().get(0).associations().get(0).concept().name());
    assertEquals(
        2.0,
        analysis.latents().get(0).best().orElseThrow().table().lift(),
        "half of all rows subtract");
    SoundRule mixed = analyse(1, row -> active(row % 4 == 0 || row % 4 == 2 ? 1 : 0));
    assertEquals(
        List.of(), List.of(mixed.specialisedLatents()).stream().filter(a -> a.length > 0).toList());
  }
}
