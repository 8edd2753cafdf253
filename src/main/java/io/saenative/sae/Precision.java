package io.saenative.sae;

import java.util.Locale;

/**
 * How an engine multiplies dense matrices: the encoder, the decoder, and the gradients of latents
 * and weights. Sums, and everything else, keep the session's type. Results of one precision are the
 * same bits every time; those of two precisions agree in norm only.
 */
public enum Precision {
  /** Exact: numbers are multiplied as they are. */
  FP32,
  /**
   * On tensor cores: each number as the sum of two bfloat16, and three of the four products of
   * their parts.
   */
  BF16X3,
  /** On tensor cores: each number rounded to bfloat16. */
  BF16;

  /** As it is typed and written to files. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
