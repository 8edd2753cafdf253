package io.saenative.analysis.control;

import io.saenative.analysis.LatentStatistics;
import io.saenative.analysis.concepts.ConceptCounts;
import io.saenative.analysis.concepts.Concepts;
import io.saenative.analysis.concepts.Criteria;
import io.saenative.analysis.concepts.SignedLatent;
import io.saenative.analysis.statistics.BenjaminiHochberg;
import io.saenative.analysis.statistics.ContingencyTable;
import io.saenative.analysis.statistics.FisherExact;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The rule of {@link io.saenative.analysis.concepts.ConceptAnalysis}, made quick to ask again: a permutation leaves the
 * margins of every table alone, so the smallest count that could matter is known beforehand and few p need be computed.
 */
final class SoundRule implements SpecialisationRule {
  private final StoredCodes codes;
  private final LatentStatistics statistics;
  private final Concepts concepts;
  private final Criteria criteria;
  private final List<SignedLatent> units;
  private final int[] critical;

  SoundRule(StoredCodes codes, LatentStatistics statistics, Concepts concepts, Criteria criteria) {
    this.codes = codes;
    this.statistics = statistics;
    this.concepts = concepts;
    this.criteria = criteria;
    units = SignedLatent.tested(statistics, criteria.minSupport());
    critical = new int[Math.multiplyExact(units.size(), concepts.vocabulary().size())];
    IntStream.range(0, critical.length).parallel().forEach(test -> critical[test] = critical(active(test), concept(test)));
  }

  @Override
  public BitSet specialised(int[] labelOf) {
    ConceptCounts counts = new ConceptCounts(statistics.dSae(), concepts);
    for (int i = 0; i < codes.size(); i++) {
      counts.row(labelOf[i], codes.codes(i));
    }
    DoubleStream.Builder small = DoubleStream.builder();
    List<Candidate> candidates = new ArrayList<>();
    int size = concepts.vocabulary().size();
    for (int test = 0; test < critical.length; test++) {
      SignedLatent unit = units.get(test / size);
      int both = counts.both(unit.latent(), unit.sign(), test % size);
      if (both >= critical[test]) {
        ContingencyTable table = new ContingencyTable(both, active(test), concept(test), statistics.rows());
        double p = table.fisherP();
        small.add(p);
        if (criteria.largeEnough(table)) {
          candidates.add(new Candidate(unit.latent(), p));
        }
      }
    }
    double threshold = BenjaminiHochberg.threshold(small.build().toArray(), critical.length, criteria.q());
    BitSet specialised = new BitSet(statistics.dSae());
    candidates.stream().filter(c -> c.p <= threshold).forEach(c -> specialised.set(c.latent));
    return specialised;
  }

  private record Candidate(int latent, double p) {}

  /** The smallest count with a p below q: p falls as the count grows. */
  private int critical(int active, int concept) {
    int low = 0;
    int high = Math.min(active, concept) + 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (FisherExact.upperTail(middle, active, concept, statistics.rows()) < criteria.q()) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private int active(int test) {
    SignedLatent unit = units.get(test / concepts.vocabulary().size());
    return statistics.firingCount(unit.latent(), unit.sign());
  }

  private int concept(int test) {
    return concepts.support(test % concepts.vocabulary().size());
  }
}
