package io.saenative.analysis.sound;

import io.saenative.UserError;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.LatentStatistics.Sign;
import io.saenative.analysis.latents.LatentStatistics.SignedLatent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * The sound rule: which latents are specialised for which concept. Every tested latent of the whole
 * dictionary is tested against every concept; {@link Criteria} says what counts.
 *
 * @param tests number of latent × concept tests, over which p is adjusted
 * @param latents the latents and half-latents tested, ascending
 */
public record SoundRule(int tests, List<LatentConcepts> latents) {
  /** Associations of the smallest p that are shown of one latent. */
  public static final int ASSOCIATIONS = 5;

  /**
   * One latent or half-latent.
   *
   * @param unit what was tested
   * @param associations the one it is specialised for, if there is one, then those of smallest p
   */
  public record LatentConcepts(SignedLatent unit, List<Association> associations) {
    /**
     * The concept it is specialised for: of those that meet the criteria the one with the largest
     * lower end of the lift's interval, so that a narrow concept wins over a broad one unless its
     * rows are few.
     */
    public Optional<Association> best() {
      return associations.stream().filter(Association::specialised).findFirst();
    }
  }

  /**
   * How a latent, or one sign of it, and a concept go together.
   *
   * @param sign positive or negative if the latent is split by sign
   * @param table the rows counted, and with them precision, recall, lift and odds ratio
   * @param p one-sided, Fisher's exact
   * @param q p adjusted by Benjamini and Hochberg over all tests of the run
   * @param specialised whether the latent (with this sign) is specialised for this concept
   */
  public record Association(
      Sign sign,
      Concept concept,
      ContingencyTable table,
      double p,
      double q,
      boolean specialised) {}

  /** Tests what one pass over the rows has counted. */
  public static SoundRule of(LatentStatistics statistics, ConceptCounts counts, Criteria criteria) {
    return new Scan(statistics, counts, criteria).result();
  }

  /** The latents of which the whole or at least one half is specialised, ascending. */
  public int[] specialisedLatents() {
    return latents.stream()
        .filter(l -> l.best().isPresent())
        .mapToInt(l -> l.unit().latent())
        .distinct()
        .toArray();
  }

  /**
   * When a latent counts as specialised for a concept.
   *
   * @param minSupport least number of rows on which the latent is active while the concept holds;
   *     latents and concepts that cannot reach it are not tested
   * @param q the adjusted p must be below
   * @param precision the precision must be at least
   * @param lift the lift must be at least
   */
  public record Criteria(int minSupport, double q, double precision, double lift) {
    public static final Criteria DEFAULT = new Criteria(10, 0.05, 0.7, 2);

    public Criteria {
      if (minSupport < 1
          || !(q > 0 && q <= 1)
          || !(precision >= 0 && precision <= 1)
          || !(lift >= 0)) {
        throw new UserError(
            "specialisation needs a support of at least 1, q above 0 up to 1, precision from 0 to 1"
                + " and lift from 0, not "
                + "support %d, q %s, precision %s, lift %s"
                    .formatted(minSupport, q, precision, lift));
      }
    }

    /** Whether the table's effect is large enough; its q is another matter. */
    public boolean largeEnough(ContingencyTable table) {
      return table.both() >= minSupport && table.precision() >= precision && table.lift() >= lift;
    }
  }

  /**
   * Tests every latent against every concept. A test is known by its number: the place of the
   * latent among those tested × the number of concepts + the concept.
   */
  private static final class Scan {
    private final LatentStatistics statistics;
    private final ConceptCounts counts;
    private final Criteria criteria;
    private final List<SignedLatent> units;
    private final int concepts;
    private final double[] p;

    Scan(LatentStatistics statistics, ConceptCounts counts, Criteria criteria) {
      this.statistics = statistics;
      this.counts = counts;
      this.criteria = criteria;
      units = statistics.tested(criteria.minSupport());
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
    SoundRule result() {
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
      return new SoundRule(tests, latents);
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
                if (worstFirst.size() < ASSOCIATIONS) {
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
}
