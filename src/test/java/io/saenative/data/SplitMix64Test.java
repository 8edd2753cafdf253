package io.saenative.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class SplitMix64Test {
  private static final int DRAWS = 1_000_000;

  @Test
  void wordsAreThoseOfTheReferenceImplementation() {
    SplitMix64 random = new SplitMix64(1234567);
    for (String expected :
        new String[] {"6457827717110365317", "3203168211198807973", "9817491932198370423"}) {
      assertEquals(Long.parseUnsignedLong(expected), random.nextLong());
    }
  }

  @Test
  void wordsAreThoseOfSplittableRandom() {
    for (long seed : new long[] {0, 1, -1, Long.MIN_VALUE, 0x0123456789ABCDEFL}) {
      SplitMix64 random = new SplitMix64(seed);
      SplittableRandom oracle = new SplittableRandom(seed);
      for (int i = 0; i < 100; i++) {
        assertEquals(oracle.nextLong(), random.nextLong());
      }
    }
  }

  @Test
  void streamsDiffer() {
    long distinct =
        java.util.stream.LongStream.range(0, 10_000)
            .flatMap(
                i ->
                    java.util.stream.LongStream.of(
                        SplitMix64.of(1, i).nextLong(), SplitMix64.of(2, i).nextLong()))
            .distinct()
            .count();
    assertEquals(20_000, distinct);
  }

  @Test
  void integersAreUniform() {
    SplitMix64 random = new SplitMix64(3);
    int[] counts = new int[7];
    for (int i = 0; i < DRAWS; i++) {
      counts[random.nextInt(7)]++;
    }
    for (int count : counts) {
      assertEquals(DRAWS / 7.0, count, 5 * Math.sqrt(DRAWS / 7.0));
    }
  }

  @Test
  void doublesAreUniform() {
    assertMoments(random -> random.nextDouble(), 1 / 2.0, 1 / 12.0, 0, -1.2);
  }

  @Test
  void normalsHaveTheirMoments() {
    assertMoments(random -> random.nextNormal(), 0, 1, 0, -0.04);
  }

  @Test
  void normalsFollowTheirDistribution() {
    SplitMix64 random = new SplitMix64(5);
    double[] bounds = {-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3};
    double[] cumulative = {
      0.00135, 0.02275, 0.15866, 0.30854, 0.5, 0.69146, 0.84134, 0.97725, 0.99865
    };
    int[] below = new int[bounds.length];
    for (int i = 0; i < DRAWS; i++) {
      float x = random.nextNormal();
      for (int b = 0; b < bounds.length; b++) {
        below[b] += x < bounds[b] ? 1 : 0;
      }
    }
    for (int b = 0; b < bounds.length; b++) {
      assertEquals(cumulative[b], below[b] / (double) DRAWS, 0.004, "below " + bounds[b]);
    }
  }

  @Test
  void gammasHaveTheirMoments() {
    assertMoments(SplitMix64::nextGamma4, 4, 4, 1, 1.5);
  }

  /** Each within five standard errors, rounded up, of what the distribution has. */
  private static void assertMoments(
      ToDoubleFunction<SplitMix64> draw,
      double mean,
      double variance,
      double skewness,
      double excessKurtosis) {
    SplitMix64 random = new SplitMix64(4);
    double[] x = new double[DRAWS];
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
      x[i] = draw.applyAsDouble(random);
      sum += x[i];
    }
    double m = sum / DRAWS;
    double m2 = 0;
    double m3 = 0;
    double m4 = 0;
    for (double e : x) {
      double d = e - m;
      m2 += d * d / DRAWS;
      m3 += d * d * d / DRAWS;
      m4 += d * d * d * d / DRAWS;
    }
    assertTrue(Double.isFinite(m4));
    assertEquals(mean, m, 5 * Math.sqrt(variance / DRAWS));
    assertEquals(variance, m2, 0.02 * variance);
    assertEquals(skewness, m3 / Math.pow(m2, 1.5), 0.04);
    assertEquals(excessKurtosis, m4 / (m2 * m2) - 3, 0.15);
  }
}
