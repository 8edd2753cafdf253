package io.saenative.data;

/**
 * The SplitMix64 generator (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014): word i is {@code mix(seed + i·γ)}. It is written out here, with the
 * distributions drawn from it, because the bits of the synthetic set must not depend on a library's
 * choice of algorithm. Everything is exact or correctly rounded on every machine.
 */
public final class SplitMix64 {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;
  private static final double UNIT = 0x1p-53;

  /** 1 / standard deviation of a Binomial(48, ½) count plus a uniform on (−½, ½). */
  private static final float NORMAL_SCALE = (float) (1 / Math.sqrt(48 / 4.0 + 1 / 12.0));

  private long state;

  /** A stream of words; neighbouring seeds give streams that have nothing in common. */
  public SplitMix64(long seed) {
    state = seed;
  }

  /**
   * The generator of item {@code index} of the stream {@code seed}: items can be drawn in any
   * order, on any thread.
   */
  public static SplitMix64 of(long seed, long index) {
    return new SplitMix64(mix(seed ^ mix(index + GAMMA)));
  }

  /** The next word. */
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  /** Uniform on [0, bound), up to a bias of bound / 2^32. */
  public int nextInt(int bound) {
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  /** Uniform on (0, 1]. */
  public double nextDouble() {
    return ((nextLong() >>> 11) + 1) * UNIT;
  }

  /**
   * Very nearly standard normal, from one word: the count of 48 fair bits, smoothed by the other
   * 16. Mean 0, variance 1, excess kurtosis −0.04, |value| ≤ 7.05.
   */
  public float nextNormal() {
    long word = nextLong();
    int bits = Long.bitCount(word >>> 16) - 24;
    float smoothing = ((word & 0xFFFF) - 32767.5f) * 0x1p-16f;
    return (bits + smoothing) * NORMAL_SCALE;
  }

  /** Gamma with shape 4 and scale 1: mean 4, variance 4. A sum of four exponentials. */
  public double nextGamma4() {
    return -StrictMath.log(nextDouble() * nextDouble() * nextDouble() * nextDouble());
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
