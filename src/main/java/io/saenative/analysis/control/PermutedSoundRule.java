package io.saenative.analysis.control;

import io.saenative.analysis.control.PermutationControl.SpecialisationRule;
import io.saenative.analysis.sound.BenjaminiHochberg;
import io.saenative.analysis.sound.Concepts;
import io.saenative.analysis.sound.ContingencyTable;
import io.saenative.analysis.sound.FisherExact;
import io.saenative.analysis.sound.SoundRule.Criteria;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ObjDoubleConsumer;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The rule of {@link io.saenative.analysis.sound.SoundRule}, made quick to ask again. A permutation
 * leaves the margins of every table alone, so the smallest counts that could matter are known
 * beforehand. Each time, concepts are first counted only as far as a latent could be specialised
 * for them at all; p of all the others are needed for their ranks only if one of these comes out
 * large and significant, which by chance it seldom does.
 */
final class PermutedSoundRule implements SpecialisationRule {
  private static final int NEVER = Integer.MAX_VALUE;

  private final Criteria criteria;
  private final int rows;
  private final List<Unit> units;
  private final Map<Integer, int[]> significant = new ConcurrentHashMap<>();

  /** Rows on which each concept holds, the most frequent concept first. */
  private final int[] support;

  /** The concepts that hold on each row, numbered as in {@link #support}, ascending. */
  private final int[][] conceptsOf;

  /**
   * What is tested.
   *
   * @param largeEnough for each concept that it could be specialised for, and the more frequent
   *     ones: the smallest count that is large enough; {@link #NEVER} if none is
   */
  private record Unit(int latent, RowSet rows, int[] largeEnough) {}

  /** A latent with a concept that is large enough and whose p, not yet adjusted, is below q. */
  private record Candidate(int latent, double p) {}

  /** Codes of the rows kept, and the concepts of the same rows. */
  PermutedSoundRule(StoredCodes codes, Concepts concepts, Criteria criteria) {
    this.criteria = criteria;
    rows = codes.size();
    int size = concepts.vocabulary().size();
    int[] descending =
        IntStream.range(0, size)
            .boxed()
            .sorted(Comparator.comparingInt(c -> -concepts.support(c)))
            .mapToInt(c -> c)
            .toArray();
    int[] place = new int[size];
    for (int i = 0; i < size; i++) {
      place[descending[i]] = i;
    }
    support = Arrays.stream(descending).map(concepts::support).toArray();
    conceptsOf = new int[rows][];
    Arrays.setAll(
        conceptsOf,
        row ->
            Arrays.stream(concepts.onRow(row)).map(concept -> place[concept]).sorted().toArray());
    Map<Integer, int[]> largeEnough = new ConcurrentHashMap<>();
    units =
        codes.statistics().tested(criteria.minSupport()).parallelStream()
            .map(unit -> unit(unit.latent(), new RowSet(codes.rowsOf(unit), rows), largeEnough))
            .toList();
  }

  private Unit unit(int latent, RowSet active, Map<Integer, int[]> largeEnough) {
    return new Unit(
        latent, active, largeEnough.computeIfAbsent(active.size(), this::leastLargeEnough));
  }

  private int[] leastLargeEnough(int active) {
    int[] least = least(active, criteria::largeEnough);
    int end = least.length;
    while (end > 0 && least[end - 1] == NEVER) {
      end--;
    }
    return Arrays.copyOf(least, end);
  }

  private int[] leastSignificant(int active) {
    return least(active, table -> table.fisherP() < criteria.q());
  }

  /**
   * For each concept the smallest count of rows that meets a condition which all larger ones meet
   * too; {@link #NEVER} if none does.
   *
   * @param active rows on which the latent is active
   */
  private int[] least(int active, Predicate<ContingencyTable> condition) {
    int[] least = new int[support.length];
    for (int concept = 0; concept < least.length; concept++) {
      int from = Math.max(0, active + support[concept] - rows);
      int most = Math.min(active, support[concept]);
      int to = most + 1;
      while (from < to) {
        int middle = (from + to) >>> 1;
        if (condition.test(new ContingencyTable(middle, active, support[concept], rows))) {
          to = middle;
        } else {
          from = middle + 1;
        }
      }
      least[concept] = from > most ? NEVER : from;
    }
    return least;
  }

  @Override
  public BitSet specialised(int[] labelOf) {
    int[][] dealt =
        Arrays.stream(labelOf).mapToObj(label -> conceptsOf[label]).toArray(int[][]::new);
    RowSet.Occurrences concepts = new RowSet.Occurrences(dealt, support.length);
    List<Candidate> candidates = new ArrayList<>();
    forEachReaching(
        Unit::largeEnough,
        concepts,
        (unit, p) -> {
          if (p < criteria.q()) {
            candidates.add(new Candidate(unit.latent, p));
          }
        });
    BitSet specialised = new BitSet();
    if (!candidates.isEmpty()) {
      double threshold = threshold(concepts);
      candidates.stream().filter(c -> c.p <= threshold).forEach(c -> specialised.set(c.latent));
    }
    return specialised;
  }

  /** The largest p that is significant among those of all tests. */
  private double threshold(RowSet.Occurrences concepts) {
    DoubleStream.Builder small = DoubleStream.builder();
    forEachReaching(
        unit -> significant.computeIfAbsent(unit.rows.size(), this::leastSignificant),
        concepts,
        (unit, p) -> small.add(p));
    return BenjaminiHochberg.threshold(
        small.build().toArray(), (long) units.size() * support.length, criteria.q());
  }

  /** Gives out p of each concept whose count on a unit's rows reaches the least for that unit. */
  private void forEachReaching(
      Function<Unit, int[]> leastFor, RowSet.Occurrences concepts, ObjDoubleConsumer<Unit> sink) {
    int[] count = new int[support.length];
    for (Unit unit : units) {
      int[] least = leastFor.apply(unit);
      unit.rows.count(concepts, least.length, count);
      for (int concept = 0; concept < least.length; concept++) {
        if (count[concept] >= least[concept]) {
          sink.accept(
              unit,
              FisherExact.upperTail(count[concept], unit.rows.size(), support[concept], rows));
        }
      }
    }
  }
}
