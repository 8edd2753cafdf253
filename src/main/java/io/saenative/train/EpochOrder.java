package io.saenative.train;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * The order in which an epoch visits the training rows.
 *
 * <p>It depends on nothing but seed, epoch and row count, so "the random state" of an interrupted
 * run is its seed and the number of epochs done. A Fisher–Yates shuffle of 0 … rows − 1 draws from
 * L64X128MixRandom, whose seed is {@code mix(seed) + epoch}; {@code mix} is one step of SplitMix64,
 * which keeps the epochs of neighbouring seeds apart.
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
    RandomGenerator random = GENERATOR.create(mix(seed) + epoch);
    int[] order = new int[rows];
    for (int i = 0; i < rows; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private static long mix(long seed) {
    long z = seed + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
