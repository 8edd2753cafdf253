package io.saenative.analysis.control;

import java.util.Arrays;

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
    int[] sorted = permuted.clone();
    Arrays.sort(sorted);
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
