package io.saenative.verify;

import io.saenative.sae.Precision;
import io.saenative.tensor.DType;

/**
 * How far a result may lie from the judge's. Every tolerance between engines is one of these, a
 * multiple of u, the unit roundoff of the less precise side: 2⁻²⁴ in float32, 2⁻⁵³ in float64.
 *
 * <p><b>One operation.</b> A sum of n products, in whatever order and grouping, is off by at most
 * about n·u times the sum of the absolute values, and by about √n·u if the roundings are
 * independent, as they nearly are. {@link #sum} takes √n.
 *
 * <p><b>A training run.</b> After t Adam updates the errors have two parts. Those of the gradients,
 * √n·u each, enter every update anew and average out in the moments. Those of the update itself can
 * have the same sign every time (β1 and β2 are rounded once, and for good), so they add up to about
 * t·u. {@link #training} is the sum of both.
 *
 * <p><b>Why only norms are compared after training.</b> Adam divides by √v. The first update of a
 * parameter is lr · g / (|g| + ε): if g is as small as the error of g, rounding decides its sign,
 * and the parameter moves by up to 2 lr although nothing is wrong. No bound on single elements can
 * hold. Such elements are few: of gradients of size G with a relative error r, the share ε/G lies
 * below ε, and the update of each of those moves by up to lr · r G/ε. In the root mean square that
 * makes about lr · r · √(G/ε) / 2, and for weights of size w a relative error of r · (lr/w) ·
 * √(G/ε) / 2; with lr/w ≈ 0.03 and G/ε ≈ 10⁵, as in the experiment, r is amplified about 5 times.
 * Hence errors of parameters and moments are taken in the Euclidean norm of the whole tensor,
 * relative to the norm of what is expected. For the same reason a selection may differ where two
 * keys tie within the error, and only there.
 *
 * <p><b>Rounded factors.</b> Where an engine rounds numbers before it multiplies them ({@link
 * Precision}), a product of two is off by {@link #product} at most: in bf16 by 2⁻⁸ for either
 * factor; in bf16x3 by 2⁻¹⁶ for either factor, and 2⁻¹⁶ for the product of their low parts, which
 * is left out. For a sum of products that is a bound relative to the sum of absolute values; it
 * does not grow with n, because a sum of terms of either sign and its error both grow as √n. A
 * gradient has been through four matrix products, of encoder, decoder, latent gradient and weight
 * gradient, with independent errors: {@link #step} is √4 times as much. {@link
 * #training(Precision)} is twice that, for the amplification above. Measured on the simt backend
 * against the five traces: values of codes within 0.27 of a product's error, first gradients within
 * 0.43, and in bf16x3 everything up to 240 updates later within 0.52. The parts of a number are the
 * same on every machine; tensor cores add them in an order and rounding of their own, which the
 * tolerance of sums covers.
 *
 * <p><b>Trainings that part.</b> If a share s of the selected latents is another one because ties
 * were broken differently, a gradient moves by about √(2s) of its norm: more than all rounding
 * does. In bf16 s is some tenths of a percent, and after a few steps no weight can be compared; the
 * trainings end in other weights of the same quality. {@link #parted} is for that quality. Measured
 * in bf16 over 12 repetitions of each trace, their initial encoders disturbed by 2·10⁻³ of each
 * weight: validation losses stay within 3.2 of a product's error of those recorded, explained
 * variances within 2.3, both on the trace with the fewest validation rows, 16. Losses of single
 * steps are no measure: a last batch of 4 rows strays by 9 %.
 *
 * <p><b>The safety factor.</b> Measured in float32 against the five traces, PyTorch with its sums
 * reordered (inputs, latents and the rows of a batch permuted, 8 ways) and the cpu backend stay
 * within 0.45 of √n·u for the first gradient and 0.55 of (√n + t)·u for everything after it, 3e-6
 * at most after 240 updates. The factor of 8 leaves room for plain, unblocked summation, and for
 * the amplification above.
 */
public final class Tolerance {
  private static final double SAFETY = 8;

  private Tolerance() {}

  /** The less precise of two types. */
  public static DType lesser(DType a, DType b) {
    return unitRoundoff(a) > unitRoundoff(b) ? a : b;
  }

  /**
   * Of a sum of n products, relative to the sum of their absolute values or, for a whole tensor, to
   * its norm.
   */
  public static double sum(DType type, long n) {
    return SAFETY * unitRoundoff(type) * Math.sqrt(n);
  }

  /** Of any result after t Adam updates whose longest sums have n terms, relative to its norm. */
  public static double training(DType type, long n, long t) {
    return SAFETY * unitRoundoff(type) * (Math.sqrt(n) + t);
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

  /** Of a gradient, in addition to {@link #sum}. */
  public static double step(Precision precision) {
    return 2 * product(precision);
  }

  /**
   * Of any result of a training that breaks its ties as it should, in addition to its other
   * tolerance.
   */
  public static double training(Precision precision) {
    return 2 * step(precision);
  }

  /**
   * Of the validation loss, relative, and of the explained variance after trainings that went
   * different ways.
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
