package io.saenative.analysis.concepts;

import io.saenative.analysis.LatentStatistics;
import io.saenative.analysis.concepts.ConceptAnalysis.LatentConcepts;
import io.saenative.analysis.statistics.BenjaminiHochberg;
import io.saenative.analysis.statistics.ContingencyTable;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Every tested latent against every concept, and what comes of it. */
final class ConceptTests {
  private static final int STORED_ASSOCIATIONS = 10;

  private final LatentStatistics statistics;
  private final ConceptCounts counts;
  private final List<SignedLatent> units;
  private final int concepts;
  private final double[] p;
  private final double[] q;

  private ConceptTests(LatentStatistics statistics, ConceptCounts counts, int minSupport) {
    this.statistics = statistics;
    this.counts = counts;
    units = SignedLatent.tested(statistics, minSupport);
    concepts = counts.concepts().vocabulary().size();
    p = new double[Math.multiplyExact(units.size(), concepts)];
    IntStream.range(0, p.length).parallel().forEach(i -> p[i] = table(i).fisherP());
    q = BenjaminiHochberg.adjust(p);
  }

  static ConceptTests of(LatentStatistics statistics, ConceptCounts counts, int minSupport) {
    return new ConceptTests(statistics, counts, minSupport);
  }

  int concepts() {
    return concepts;
  }

  int size() {
    return p.length;
  }

  List<LatentConcepts> results(Criteria criteria) {
    return IntStream.range(0, units.size()).mapToObj(u -> result(u, criteria)).toList();
  }

  private LatentConcepts result(int unit, Criteria criteria) {
    Association best =
        tests(unit)
            .filter(i -> q[i] < criteria.q() && criteria.largeEnough(table(i)))
            .mapToObj(this::association)
            .max(Comparator.comparingDouble((Association a) -> a.liftInterval().low()).thenComparing(a -> -a.p()))
            .orElse(null);
    List<Association> associations =
        tests(unit)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> p[i]))
            .limit(STORED_ASSOCIATIONS)
            .map(this::association)
            .toList();
    return new LatentConcepts(units.get(unit), best, associations);
  }

  private IntStream tests(int unit) {
    return IntStream.range(unit * concepts, (unit + 1) * concepts);
  }

  private Association association(int test) {
    return Association.of(counts.concepts().vocabulary().get(test % concepts), table(test), p[test], q[test]);
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
