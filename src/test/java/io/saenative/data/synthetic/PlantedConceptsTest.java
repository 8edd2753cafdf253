package io.saenative.data.synthetic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlantedConceptsTest {
  @Test
  void findsWhatHolds() {
    List<Calculation> chain =
        List.of(
            new Calculation(new long[] {300, 4000}, "*", 12000),
            new Calculation(new long[] {100, 200, 12000}, "/*", 6000),
            new Calculation(new long[] {2000}, "", 2000),
            new Calculation(new long[] {6000, 50}, "-", 5950));
    assertEquals(
        Set.of(
            "multiplication",
            "division",
            "subtraction",
            "multiplication then division",
            "division then multiplication",
            "multiplication then subtraction",
            "number 1",
            "number 2",
            "number 3",
            "number 20",
            "number 40",
            "number 60",
            "number 120",
            "4 steps"),
        concepts(chain));
  }

  @Test
  void repeatedOperatorsFollowEachOtherWithinAStep() {
    assertEquals(
        Set.of("addition", "addition then addition", "number 5", "number 15", "1 step"),
        concepts(List.of(new Calculation(new long[] {500, 500, 500}, "++", 1500))));
  }

  @Test
  void nothingHoldsOnAnEmptyChain() {
    assertEquals(Set.of(), concepts(List.of()));
  }

  @Test
  void namesAreUnique() {
    assertEquals(
        PlantedConcepts.ALL.size(),
        PlantedConcepts.ALL.stream().map(PlantedConcepts.Concept::name).distinct().count());
  }

  private static Set<String> concepts(List<Calculation> chain) {
    boolean[] present = new boolean[PlantedConcepts.ALL.size()];
    PlantedConcepts.mark(chain, present);
    return IntStream.range(0, present.length)
        .filter(i -> present[i])
        .mapToObj(i -> PlantedConcepts.ALL.get(i).name())
        .collect(Collectors.toSet());
  }
}
