package io.saenative.analysis.sound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.sound.Concepts.FrequentConcepts;
import io.saenative.data.Activations.Label;
import java.util.AbstractList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Concepts of more rows than are kept at once. */
class ConceptsTest {
  private static final int ROWS = 40_000;

  /** Made when asked for; small numbers are frequent, one in three is on its row alone. */
  private static final List<Label> LABELS =
      new AbstractList<>() {
        @Override
        public Label get(int row) {
          SplittableRandom random = new SplittableRandom(row);
          int n = random.nextInt(3) == 0 ? 1_000_000 + row : (int) Math.exp(random.nextDouble(5));
          return new Label(
              "p" + row, random.nextInt(100) == 0 ? List.of("?") : List.of(n + "*2=" + 2 * n));
        }

        @Override
        public int size() {
          return ROWS;
        }
      };

  @Test
  void manyRowsAreCountedAsFewAre() {
    Concepts all = Concepts.of(LABELS, 10, Integer.MAX_VALUE);
    assertEquals(ROWS, all.rows());
    assertEquals(ROWS, all.parseReport().rows());
    long malformed =
        IntStream.range(0, ROWS)
            .filter(row -> LABELS.get(row).cotSequence().equals(List.of("?")))
            .count();
    assertEquals(
        malformed, all.parseReport().malformed().values().stream().mapToLong(n -> n).sum());
    int[] support = new int[all.vocabulary().size()];
    for (int row = 0; row < ROWS; row++) {
      for (int concept : all.onRow(row)) {
        support[concept]++;
      }
    }
    assertArrayEquals(IntStream.range(0, support.length).map(all::support).toArray(), support);
    assertArrayEquals(
        all.onRow(3), Concepts.of(LABELS, 10, Integer.MAX_VALUE).onRow(3), "in any order");
    assertArrayEquals(all.onRow(39_999), Concepts.of(LABELS, 10, Integer.MAX_VALUE).onRow(39_999));
  }

  @Test
  void ofTooManyConceptsTheMostFrequentAreKept() {
    Concepts all = Concepts.of(LABELS, 10, Integer.MAX_VALUE);
    Concepts some = Concepts.of(LABELS, 10, 20);
    assertEquals(20, some.vocabulary().size());
    assertEquals(all.vocabulary().size() - 20, some.leftOut());
    assertEquals(0, all.leftOut());
    int least = IntStream.range(0, 20).map(some::support).min().orElseThrow();
    long more =
        IntStream.range(0, all.vocabulary().size()).filter(c -> all.support(c) > least).count();
    assertTrue(more <= 20, more + " concepts are more frequent than the least of 20");
  }

  /** 13,000 numbers are on one row alone; there is room for 2,000 concepts. */
  @Test
  void whereRoomIsShortTheFrequentConceptsAreStillCountedExactly() {
    Concepts all = Concepts.of(LABELS, 10, 20);
    Concepts cramped = new Concepts(LABELS, 10, 20, 2000);
    assertEquals(all.vocabulary(), cramped.vocabulary());
    for (int concept = 0; concept < 20; concept++) {
      assertEquals(all.support(concept), cramped.support(concept));
    }
    FrequentConcepts counts = new FrequentConcepts(2000);
    LABELS.forEach(label -> counts.add(Concept.of(ChainOfThought.parse(label.cotSequence()))));
    assertTrue(counts.missed() > 0 && counts.missed() < 60, "too low by " + counts.missed());
  }
}
