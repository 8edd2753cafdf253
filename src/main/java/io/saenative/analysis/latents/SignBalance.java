package io.saenative.analysis.latents;

/**
 * How latents use their sign.
 *
 * @param alwaysPositive latents whose every activation is positive
 * @param alwaysNegative latents whose every activation is negative
 * @param mixed latents active with both signs
 * @param positiveShare share of positive ones among all activations of all latents; 0 if there are
 *     none
 */
public record SignBalance(int alwaysPositive, int alwaysNegative, int mixed, double positiveShare) {
  public static SignBalance of(LatentStatistics statistics) {
    int alwaysPositive = 0;
    int alwaysNegative = 0;
    int mixed = 0;
    long positive = 0;
    long active = 0;
    for (int latent = 0; latent < statistics.dSae(); latent++) {
      int up = statistics.firingCount(latent, Sign.POSITIVE);
      int down = statistics.firingCount(latent, Sign.NEGATIVE);
      alwaysPositive += up > 0 && down == 0 ? 1 : 0;
      alwaysNegative += down > 0 && up == 0 ? 1 : 0;
      mixed += up > 0 && down > 0 ? 1 : 0;
      positive += up;
      active += up + down;
    }
    return new SignBalance(
        alwaysPositive, alwaysNegative, mixed, active == 0 ? 0 : (double) positive / active);
  }
}
