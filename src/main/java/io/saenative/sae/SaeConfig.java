package io.saenative.sae;

import io.saenative.UserError;

/**
 * The shape of a TopK SAE.
 *
 * @param dIn input width
 * @param dSae number of latents
 * @param k active latents a row, 1 to dSae
 * @param selection how they are chosen
 * @param preBias whether the encoder sees x − b_dec instead of x
 */
public record SaeConfig(int dIn, int dSae, int k, Selection selection, boolean preBias) {
  public SaeConfig {
    if (dIn < 1 || dSae < 1) {
      throw new UserError(
          "an SAE needs at least one input and one latent, not " + dIn + " and " + dSae);
    }
    if (k < 1 || k > dSae) {
      throw new UserError(
          "k must be from 1 to the number of latents, %s, not %s: choose --k or --latent-dim"
              .formatted(dSae, k));
    }
  }
}
