package io.saenative.analysis.control;

import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.PublishedRule;
import io.saenative.analysis.sound.Concepts;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.data.Activations.Label;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * How many latents each rule would call specialised by chance: the rows' labels are dealt out anew,
 * whole, many times, while the codes stay. What the codes owe to each other and the labels' parts
 * to each other is kept; only what ties a row's codes to its label is lost.
 *
 * @param rows number of rows it was done on; the observed counts are of the same rows
 * @param sound our rule over the whole dictionary
 * @param soundInWindow our rule, the latents of the window alone
 * @param published the experiment's rule over the whole dictionary
 * @param publishedInWindow the experiment's rule, the latents of the window alone
 */
public record PermutationControl(
    int rows,
    ChanceLevel sound,
    ChanceLevel soundInWindow,
    ChanceLevel published,
    ChanceLevel publishedInWindow) {
  /** Enough for a p of 0.005. */
  public static final int PERMUTATIONS = 200;

  /** Rows to keep for the control where there are more. */
  public static final int MAX_ROWS = 1 << 16;

  /**
   * Runs it.
   *
   * @param labels of all rows, kept or not
   * @param concepts of all rows
   * @param permutations number of permutations
   * @param seed from which they follow
   */
  public static PermutationControl of(
      StoredCodes codes,
      List<Label> labels,
      Concepts concepts,
      Criteria criteria,
      RankWindow window,
      int permutations,
      long seed) {
    int rows = codes.size();
    boolean all = rows == labels.size();
    List<Label> kept =
        all ? labels : IntStream.range(0, rows).mapToObj(i -> labels.get(codes.row(i))).toList();
    BitSet inWindow = new BitSet();
    window.of(codes.statistics().ranking()).forEach(inWindow::set);
    long[] seeds = new SplittableRandom(seed).longs(permutations).toArray();
    Counts sound =
        Counts.of(
            new PermutedSoundRule(codes, all ? concepts : concepts.alike(kept), criteria),
            rows,
            inWindow,
            seeds);
    Counts published =
        Counts.of(new PermutedPublishedRule(codes.statistics(), kept), rows, inWindow, seeds);
    return new PermutationControl(
        rows, sound.all(), sound.window(), published.all(), published.window());
  }

  private record Counts(ChanceLevel all, ChanceLevel window) {
    static Counts of(SpecialisationRule rule, int rows, BitSet inWindow, long[] seeds) {
      BitSet observed = rule.specialised(IntStream.range(0, rows).toArray());
      List<BitSet> permuted =
          Arrays.stream(seeds)
              .parallel()
              .mapToObj(s -> rule.specialised(permutation(rows, s)))
              .toList();
      ChanceLevel all = chance(observed, permuted);
      observed.and(inWindow);
      permuted.forEach(specialised -> specialised.and(inWindow));
      return new Counts(all, chance(observed, permuted));
    }

    private static ChanceLevel chance(BitSet observed, List<BitSet> permuted) {
      return ChanceLevel.of(
          observed.cardinality(), permuted.stream().mapToInt(BitSet::cardinality).toArray());
    }
  }

  /** A permutation drawn by Fisher and Yates' shuffle. */
  static int[] permutation(int rows, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] permutation = IntStream.range(0, rows).toArray();
    for (int last = rows - 1; last > 0; last--) {
      int other = random.nextInt(last + 1);
      int swapped = permutation[last];
      permutation[last] = permutation[other];
      permutation[other] = swapped;
    }
    return permutation;
  }

  /**
   * A count of specialised latents, and the same count where the labels have been dealt out anew.
   *
   * @param observed with the true labels
   * @param mean over the permutations
   * @param percentile95 over the permutations: the smallest count that at least 95 % of them do not
   *     exceed
   * @param max over the permutations
   * @param p (1 + permutations that reach {@code observed}) / (1 + permutations)
   */
  public record ChanceLevel(int observed, double mean, int percentile95, int max, double p) {
    static ChanceLevel of(int observed, int[] permuted) {
      int[] sorted = Arrays.stream(permuted).sorted().toArray();
      int n = sorted.length;
      long reached = Arrays.stream(sorted).filter(count -> count >= observed).count();
      return new ChanceLevel(
          observed,
          Arrays.stream(sorted).average().orElseThrow(),
          sorted[Math.ceilDiv(95 * n, 100) - 1],
          sorted[n - 1],
          (1.0 + reached) / (1 + n));
    }
  }

  /**
   * A way of calling latents specialised that can be asked again after the labels have been dealt
   * out anew.
   */
  interface SpecialisationRule {
    /**
     * The specialised latents if row i had the label of row {@code labelOf[i]}. May be called from
     * several threads.
     *
     * @param labelOf a permutation of the rows
     */
    BitSet specialised(int[] labelOf);
  }

  /** The experiment's rule: it sees the texts of each latent's top rows only. */
  private static final class PermutedPublishedRule implements SpecialisationRule {
    private final int[] matches;
    private final int[][] topRows;

    PermutedPublishedRule(LatentStatistics statistics, List<Label> labels) {
      matches =
          labels.stream()
              .mapToInt(label -> PublishedRule.matches(PublishedRule.text(label.cotSequence())))
              .toArray();
      topRows = new int[statistics.dSae()][];
      Arrays.setAll(topRows, latent -> statistics.unorderedTopRows(latent).toArray());
    }

    @Override
    public BitSet specialised(int[] labelOf) {
      int[] dealt = Arrays.stream(labelOf).map(label -> matches[label]).toArray();
      BitSet specialised = new BitSet(topRows.length);
      PublishedRule.Counts counts = new PublishedRule.Counts();
      for (int latent = 0; latent < topRows.length; latent++) {
        if (topRows[latent].length > 0) {
          counts.clear();
          for (int row : topRows[latent]) {
            counts.add(dealt[row]);
          }
          specialised.set(latent, counts.specialised());
        }
      }
      return specialised;
    }
  }
}
