package io.saenative.verify;

import io.saenative.sae.Precision;
import io.saenative.tensor.DType;

/**
 * How far a result may lie from the judge's. Every tolerance between engines is one of these, a
 * multiple of u, the unit roundoff of the less precise side; docs/tolerances.md derives each and
 * has what was measured.
 */
public final class Tolerance {
  private static final double SAFETY = 8;

  private Tolerance() {}

  /** The less precise of two types. */
  public static DType lesser(DType a, DType b) {
    return unitRoundoff(a) > unitRoundoff(b) ? a : b;
  }

  /**
   * Tolerance of a sum of n products, relative to the sum of their absolute values or, for a whole
   * tensor, to its norm: 8 √n u.
   */
  public static double sum(DType type, long n) {
    return SAFETY * unitRoundoff(type) * Math.sqrt((double) n);
  }

  /**
   * Tolerance of any result after t Adam updates whose longest sums have n terms, relative to its
   * norm: 8 (√n + t) u.
   */
  public static double training(DType type, long n, long t) {
    return SAFETY * unitRoundoff(type) * (Math.sqrt((double) n) + t);
  }

  /**
   * The most by which one product of two numbers is off, relative to it, because they were rounded
   * before.
   */
  public static double product(Precision precision) {
    return switch (precision) {
      case FP32 -> 0;
      case BF16X3 -> 3 * 0x1p-16;
      case BF16 -> 2 * 0x1p-8;
    };
  }

  /**
   * Tolerance of a gradient, which has been through four products of rounded numbers, in addition
   * to {@link #sum}.
   */
  public static double step(Precision precision) {
    return 2 * product(precision);
  }

  /**
   * Tolerance of any result of a training that breaks its ties as it should, in addition to {@link
   * #training(DType, long, long)}.
   */
  public static double training(Precision precision) {
    return 2 * step(precision);
  }

  /**
   * Tolerance of the validation loss, relative, and of the explained variance after trainings that
   * went different ways.
   */
  public static double parted(Precision precision) {
    return SAFETY * product(precision);
  }

  /** Half the distance from 1 to the next number of the type. */
  public static double unitRoundoff(DType type) {
    return switch (type) {
      case F64 -> 0x1p-53;
      case F32 -> 0x1p-24;
      case F16 -> 0x1p-11;
      case BF16 -> 0x1p-8;
      case I32, I64 -> throw new IllegalArgumentException(type + " is not a float type");
    };
  }
}
