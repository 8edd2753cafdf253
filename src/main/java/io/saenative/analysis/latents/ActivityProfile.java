package io.saenative.analysis.latents;

import java.util.Arrays;

/**
 * How the latents of one SAE are active on one set of rows.
 *
 * @param frequency of all latents, dead ones included
 * @param frequencyInWindow of the latents whose ranks lie in the window and that are active at all,
 *     as the published tables have it; null if there is none
 * @param density all latents by frequency
 */
public record ActivityProfile(
    int rows,
    int dSae,
    Distribution frequency,
    RankWindow window,
    Distribution frequencyInWindow,
    DensityHistogram density,
    SignBalance signBalance) {
  public static ActivityProfile of(LatentStatistics statistics, RankWindow window) {
    double[] byRank =
        Arrays.stream(statistics.ranking()).mapToDouble(statistics::frequency).toArray();
    int ranks = window.end() - window.start() + 1;
    double[] inWindow =
        Arrays.stream(byRank).skip(window.start() - 1L).limit(ranks).filter(f -> f > 0).toArray();
    return new ActivityProfile(
        statistics.rows(),
        statistics.dSae(),
        Distribution.of(byRank),
        window,
        inWindow.length == 0 ? null : Distribution.of(inWindow),
        DensityHistogram.of(statistics),
        SignBalance.of(statistics));
  }
}
