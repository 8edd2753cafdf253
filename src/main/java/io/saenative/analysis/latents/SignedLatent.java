package io.saenative.analysis.latents;

import java.util.ArrayList;
import java.util.List;

/**
 * What is tested: a latent, or one sign of it.
 *
 * @param sign both if the latent is tested whole
 */
public record SignedLatent(int latent, Sign sign) {
  /** Which activations of a latent are meant. */
  public enum Sign {
    BOTH,
    POSITIVE,
    NEGATIVE
  }

  /**
   * A latent active on at least {@code minSupport} rows with <b>each</b> sign is two half-latents;
   * another one that is active on at least {@code minSupport} rows is tested whole; the rest is not
   * tested. Labels play no part in this choice, so it does not bend the p-values.
   */
  public static List<SignedLatent> tested(LatentStatistics statistics, int minSupport) {
    List<SignedLatent> tested = new ArrayList<>();
    for (int latent = 0; latent < statistics.dSae(); latent++) {
      if (statistics.firingCount(latent, Sign.POSITIVE) >= minSupport
          && statistics.firingCount(latent, Sign.NEGATIVE) >= minSupport) {
        tested.add(new SignedLatent(latent, Sign.POSITIVE));
        tested.add(new SignedLatent(latent, Sign.NEGATIVE));
      } else if (statistics.firingCount(latent, Sign.BOTH) >= minSupport) {
        tested.add(new SignedLatent(latent, Sign.BOTH));
      }
    }
    return tested;
  }
}
