package io.saenative.analysis.sound;

import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.SignedLatent;
import io.saenative.analysis.sound.ConceptAnalysis.LatentConcepts;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Every tested latent against every concept, and what comes of it. */
final class ConceptTests {
  private final LatentStatistics statistics;
  private final ConceptCounts counts;
  private final Criteria criteria;
  private final List<SignedLatent> units;
  private final int concepts;
  private final double[] p;

  /** The tests of one unit that are told of. @param best −1 if it is not specialised */
  private record Told(int best, int[] smallestP) {
    IntStream tests() {
      return best < 0
          ? Arrays.stream(smallestP)
          : IntStream.concat(IntStream.of(best), Arrays.stream(smallestP));
    }
  }

  private ConceptTests(LatentStatistics statistics, ConceptCounts counts, Criteria criteria) {
    this.statistics = statistics;
    this.counts = counts;
    this.criteria = criteria;
    units = SignedLatent.tested(statistics, criteria.minSupport());
    concepts = counts.concepts().vocabulary().size();
    p = new double[Math.multiplyExact(units.size(), concepts)];
    IntStream.range(0, p.length).parallel().forEach(i -> p[i] = table(i).fisherP());
  }

  static ConceptAnalysis analysis(
      LatentStatistics statistics, ConceptCounts counts, Criteria criteria) {
    ConceptTests tests = new ConceptTests(statistics, counts, criteria);
    return new ConceptAnalysis(
        criteria,
        statistics.rows(),
        counts.concepts().parseReport(),
        tests.concepts,
        tests.p.length,
        tests.latents());
  }

  /** Of all p only those that are told of are adjusted. */
  private List<LatentConcepts> latents() {
    double[] small = Arrays.stream(p).filter(each -> each < criteria.q()).toArray();
    double threshold = BenjaminiHochberg.threshold(small, p.length, criteria.q());
    List<Told> told =
        IntStream.range(0, units.size())
            .parallel()
            .mapToObj(unit -> told(unit, threshold))
            .toList();
    double[] its = told.stream().flatMapToInt(Told::tests).mapToDouble(test -> p[test]).toArray();
    double[] q = BenjaminiHochberg.adjust(p, its);
    int next = 0;
    Stream.Builder<LatentConcepts> latents = Stream.builder();
    for (int unit = 0; unit < units.size(); unit++) {
      Told t = told.get(unit);
      Association best = t.best < 0 ? null : association(t.best, its[next], q[next++]);
      Association[] smallest = new Association[t.smallestP.length];
      for (int i = 0; i < smallest.length; i++) {
        smallest[i] = association(t.smallestP[i], its[next], q[next++]);
      }
      latents.add(new LatentConcepts(units.get(unit), best, List.of(smallest)));
    }
    return latents.build().toList();
  }

  private Told told(int unit, double threshold) {
    int[] smallest = new int[Math.min(ConceptAnalysis.ASSOCIATIONS, concepts)];
    int found = 0;
    int best = -1;
    for (int test = unit * concepts; test < (unit + 1) * concepts; test++) {
      if (p[test] <= threshold
          && criteria.largeEnough(table(test))
          && (best < 0 || better(test, best))) {
        best = test;
      }
      int place = found < smallest.length ? found++ : found;
      for (; place > 0 && p[test] < p[smallest[place - 1]]; place--) {
        if (place < smallest.length) {
          smallest[place] = smallest[place - 1];
        }
      }
      if (place < smallest.length) {
        smallest[place] = test;
      }
    }
    return new Told(best, smallest);
  }

  /** A larger lower end of the lift's interval; if these are equal, a smaller p. */
  private boolean better(int test, int other) {
    int byLift = Double.compare(leastLift(test), leastLift(other));
    return byLift != 0 ? byLift > 0 : p[test] < p[other];
  }

  private double leastLift(int test) {
    ContingencyTable table = table(test);
    return Interval.wilson(table.both(), table.active()).low() / table.baseRate();
  }

  private Association association(int test, double itsP, double q) {
    return Association.of(
        counts.concepts().vocabulary().get(test % concepts), table(test), itsP, q);
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
