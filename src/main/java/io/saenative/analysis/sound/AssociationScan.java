package io.saenative.analysis.sound;

import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.SignedLatent;
import io.saenative.analysis.sound.ConceptAnalysis.LatentConcepts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Tests every latent against every concept. A test is known by its number: the place of the latent
 * among those tested × the number of concepts + the concept.
 */
final class AssociationScan {
  private final LatentStatistics statistics;
  private final ConceptCounts counts;
  private final Criteria criteria;
  private final List<SignedLatent> units;
  private final int concepts;
  private final double[] p;

  AssociationScan(LatentStatistics statistics, ConceptCounts counts, Criteria criteria) {
    this.statistics = statistics;
    this.counts = counts;
    this.criteria = criteria;
    units = SignedLatent.tested(statistics, criteria.minSupport());
    concepts = counts.concepts().vocabulary().size();
    p = new double[Math.multiplyExact(units.size(), concepts)];
    IntStream.range(0, p.length).parallel().forEach(test -> p[test] = table(test).fisherP());
  }

  /**
   * The tests that are shown of one unit, the one it is specialised for first, then by p.
   *
   * @param specialised whether there is such a one
   */
  private record Shown(boolean specialised, int[] tests) {}

  /** May be asked once: of all p only those that are shown are adjusted, the others are lost. */
  ConceptAnalysis analysis() {
    double[] small = Arrays.stream(p).filter(each -> each < criteria.q()).toArray();
    double threshold = BenjaminiHochberg.threshold(small, p.length, criteria.q());
    List<Shown> shown =
        IntStream.range(0, units.size())
            .parallel()
            .mapToObj(unit -> shown(unit, threshold))
            .toList();
    double[] shownP =
        shown.stream().flatMapToInt(s -> Arrays.stream(s.tests)).mapToDouble(t -> p[t]).toArray();
    int tests = p.length;
    double[] shownQ = BenjaminiHochberg.adjust(p, shownP);
    List<LatentConcepts> latents = new ArrayList<>();
    int first = 0;
    for (int unit = 0; unit < units.size(); unit++) {
      int[] numbers = shown.get(unit).tests;
      List<Association> associations = new ArrayList<>();
      for (int i = 0; i < numbers.length; i++) {
        associations.add(
            new Association(
                units.get(unit).sign(),
                counts.concepts().vocabulary().get(numbers[i] % concepts),
                table(numbers[i]),
                shownP[first + i],
                shownQ[first + i],
                i == 0 && shown.get(unit).specialised));
      }
      first += numbers.length;
      latents.add(new LatentConcepts(units.get(unit), associations));
    }
    return new ConceptAnalysis(tests, latents);
  }

  private Shown shown(int unit, double threshold) {
    OptionalInt best =
        tests(unit)
            .filter(test -> p[test] <= threshold && criteria.largeEnough(table(test)))
            .reduce((one, other) -> better(other, one) ? other : one);
    IntStream others = smallestP(unit).filter(test -> test != best.orElse(-1));
    return new Shown(best.isPresent(), IntStream.concat(best.stream(), others).toArray());
  }

  private IntStream tests(int unit) {
    return IntStream.range(unit * concepts, (unit + 1) * concepts);
  }

  /** Ascending by p; of equal ones the earlier concepts. */
  private IntStream smallestP(int unit) {
    Comparator<Integer> byP =
        Comparator.comparingDouble((Integer test) -> p[test]).thenComparing(test -> test);
    PriorityQueue<Integer> worstFirst = new PriorityQueue<>(byP.reversed());
    tests(unit)
        .forEach(
            test -> {
              if (worstFirst.size() < ConceptAnalysis.ASSOCIATIONS) {
                worstFirst.add(test);
              } else if (p[test] < p[worstFirst.peek()]) {
                worstFirst.poll();
                worstFirst.add(test);
              }
            });
    return worstFirst.stream().sorted(byP).mapToInt(test -> test);
  }

  /** A larger lower end of the lift's interval; if these are equal, a smaller p. */
  private boolean better(int test, int other) {
    int byLift =
        Double.compare(table(test).liftInterval().low(), table(other).liftInterval().low());
    return byLift != 0 ? byLift > 0 : p[test] < p[other];
  }

  private ContingencyTable table(int test) {
    SignedLatent unit = units.get(test / concepts);
    int concept = test % concepts;
    return new ContingencyTable(
        counts.both(unit.latent(), unit.sign(), concept),
        statistics.firingCount(unit.latent(), unit.sign()),
        counts.concepts().support(concept),
        statistics.rows());
  }
}
