package io.saenative.sae;

import java.util.Locale;

/**
 * How a row's k active latents are chosen from its pre-activations z. Ties go to the smaller index.
 */
public enum Selection {
  /** The k largest |z|, sign kept, no ReLU (AbsTopK): the Large K experiment's own. */
  ABS,
  /** The k largest z, then ReLU: what other SAE libraries call TopK. */
  RELU;

  /** As it is typed and written to files. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
