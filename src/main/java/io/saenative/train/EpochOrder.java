package io.saenative.train;

import io.saenative.data.SplitMix64;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * The order in which an epoch visits the training rows.
 *
 * <p>It depends on nothing but seed, epoch and row count, so "the random state" of an interrupted
 * run is its seed and the number of epochs done. A Fisher–Yates shuffle of 0 … rows − 1 draws from
 * L64X128MixRandom, whose seed is {@code w + epoch}; w is SplitMix64's first word, which keeps the
 * epochs of neighbouring seeds apart.
 */
public final class EpochOrder {
  private static final RandomGeneratorFactory<RandomGenerator> GENERATOR =
      RandomGeneratorFactory.of("L64X128MixRandom");

  private EpochOrder() {}

  /**
   * A permutation of 0 … rows − 1.
   *
   * @param epoch counted from 0
   */
  public static int[] of(long seed, int epoch, int rows) {
    RandomGenerator random = GENERATOR.create(new SplitMix64(seed).nextLong() + epoch);
    int[] order = new int[rows];
    for (int i = 0; i < rows; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
