package io.saenative.sae;

import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;

/**
 * A shape and data to hold an engine against the reference on. All numbers are float32, so that
 * every engine is given the same.
 *
 * @param rows rows of x and z
 */
record KernelCase(SaeConfig config, int rows, Data data) {
  /** Kinds of data, most of them nasty on purpose. */
  enum Data {
    GAUSSIAN,
    /** x and the biases are 0: every key of a row ties, some as −0. */
    ZEROS,
    EQUAL_ROWS,
    /** All latents of the encoder are the same. */
    EQUAL_LATENTS,
    /** Each odd latent of the encoder is the negative of the one before: pairs of equal |z|. */
    OPPOSITE_LATENTS,
    /** Keys between 1 and 1 + 2⁻¹⁰. */
    SHARED_LEADING_BITS,
    /** Fewer positive z than k in most rows. */
    FEW_POSITIVE,
    /** −1, 0 and 1: many ties, and every sum is exact in any order. */
    SMALL_INTEGERS,
    /** Rows of sizes 2⁻²⁰ to 2²⁰. */
    WIDE_RANGE
  }

  /**
   * {d_in, d_sae, k, rows}: 1, and around powers of two and the sizes of vectors, warps and tiles;
   * k from 1 to d_sae.
   */
  private static final int[][] SHAPES = {
    {1, 1, 1, 1},
    {1, 2, 1, 3},
    {31, 33, 7, 5},
    {33, 31, 31, 33},
    {32, 32, 1, 32},
    {65, 257, 100, 17},
    {257, 64, 63, 3},
    {255, 17, 5, 65},
    {33, 512, 300, 9},
    {127, 129, 64, 31},
    {16, 1025, 33, 4},
  };

  /**
   * Every shape with every kind of data and both selections; every other case subtracts the
   * pre-bias.
   */
  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int[] s : SHAPES) {
      for (Data data : Data.values()) {
        for (Selection selection : Selection.values()) {
          boolean preBias = (data.ordinal() + selection.ordinal()) % 2 == 1;
          cases.add(
              new KernelCase(new SaeConfig(s[0], s[1], s[2], selection, preBias), s[3], data));
        }
      }
    }
    return cases;
  }

  /** The cases with data as it comes in training. */
  static List<KernelCase> gaussian() {
    return all().stream().filter(c -> c.data == Data.GAUSSIAN).toList();
  }

  /**
   * Whether sums of this data are exact in float32 in any order, so that two engines must select
   * the same latents.
   */
  boolean sumsAreExact() {
    return data == Data.SMALL_INTEGERS || data == Data.ZEROS;
  }

  Parameters parameters() {
    Random random = new Random(1);
    Parameters p = Parameters.zeros(config, DType.F32);
    DoubleSupplier weight =
        switch (data) {
          case SMALL_INTEGERS -> () -> random.nextInt(3) - 1;
          case SHARED_LEADING_BITS -> () -> 0x1p-14 * random.nextDouble() / config.dIn();
          default -> () -> random.nextGaussian() / Math.sqrt(config.dIn());
        };
    DoubleSupplier bias =
        switch (data) {
          case ZEROS -> () -> 0;
          case SMALL_INTEGERS -> () -> random.nextInt(3) - 1;
          case SHARED_LEADING_BITS -> () -> 1 + 0x1p-11 * (1 + random.nextDouble());
          case FEW_POSITIVE -> () -> random.nextDouble() < 0.1 ? 5 : -5;
          default -> () -> 0.1 * random.nextGaussian();
        };
    fill(p.wEnc(), weight);
    fill(p.bEnc(), bias);
    fill(p.wDec(), weight);
    fill(p.bDec(), bias);
    int d = config.dIn();
    for (int j = 1; j < config.dSae(); j++) {
      if (data == Data.EQUAL_LATENTS) {
        copyLatent(p, 0, j, d, 1);
      } else if (data == Data.OPPOSITE_LATENTS && j % 2 == 1) {
        copyLatent(p, j - 1, j, d, -1);
      }
    }
    return p;
  }

  Tensor x() {
    Random random = new Random(2);
    Tensor x = Tensor.zeros(DType.F32, rows, config.dIn());
    int d = config.dIn();
    for (int r = 0; r < rows; r++) {
      double size = Math.scalb(1, random.nextInt(41) - 20);
      for (int i = 0; i < d; i++) {
        double gaussian = random.nextGaussian();
        x.set(
            (long) r * d + i,
            switch (data) {
              case ZEROS -> i % 2 == 0 ? 0.0 : -0.0;
              case EQUAL_ROWS -> r == 0 ? gaussian : x.get(i);
              case SMALL_INTEGERS -> Math.signum(Math.rint(gaussian));
              case WIDE_RANGE -> size * gaussian;
              default -> 0.3 + gaussian;
            });
      }
    }
    return x;
  }

  /** Pre-activations for the selection alone, in which ties are exact. */
  Tensor z() {
    Random random = new Random(3);
    Tensor z = Tensor.zeros(DType.F32, rows, config.dSae());
    int n = config.dSae();
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < n; j++) {
        double gaussian = random.nextGaussian();
        z.set(
            (long) r * n + j,
            switch (data) {
              case GAUSSIAN -> gaussian;
              case ZEROS -> gaussian < 0 ? 0.0 : -0.0;
              case EQUAL_ROWS -> j - n / 2; // ascending
              case EQUAL_LATENTS -> -0.5;
              case OPPOSITE_LATENTS -> (j % 2 == 0 ? 1 : -1) * (1 + j / 4);
              case SHARED_LEADING_BITS ->
                  (gaussian < 0 ? -1 : 1) * (1 + random.nextInt(64) * 0x1p-23);
              case FEW_POSITIVE -> random.nextDouble() < 0.1 ? gaussian : -Math.abs(gaussian);
              case SMALL_INTEGERS -> Math.rint(gaussian);
              case WIDE_RANGE ->
                  gaussian
                      * Math.scalb(1, random.nextInt(270) - 148); // from subnormal to the largest
            });
      }
    }
    return z;
  }

  @Override
  public String toString() {
    return "%s d_in=%d d_sae=%d k=%d rows=%d %s%s"
        .formatted(
            data,
            config.dIn(),
            config.dSae(),
            config.k(),
            rows,
            config.selection(),
            config.preBias() ? " pre-bias" : "");
  }

  private static void copyLatent(Parameters p, int from, int to, int d, double factor) {
    for (int i = 0; i < d; i++) {
      p.wEnc().set((long) to * d + i, factor * p.wEnc().get((long) from * d + i));
    }
    p.bEnc().set(to, factor * p.bEnc().get(from));
  }

  private static void fill(Tensor t, DoubleSupplier numbers) {
    for (long i = 0, n = t.size(); i < n; i++) {
      t.set(i, numbers.getAsDouble());
    }
  }
}
