package io.saenative.analysis.latents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.Pipeline;
import io.saenative.analysis.latents.Activity.DeadLatents;
import io.saenative.analysis.latents.Activity.DensityHistogram;
import io.saenative.analysis.latents.Activity.SignBalance;
import io.saenative.analysis.latents.EncodingPass.ActiveLatents;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ActivityTest {
  /**
   * Latent j is active on the first counts[j] of the rows; latent 0 with a minus on every other
   * row, latent 1 always.
   */
  private static LatentStatistics statistics(int rows, int... counts) {
    LatentStatistics statistics = new LatentStatistics(counts.length);
    for (int r = 0; r < rows; r++) {
      int row = r;
      int[] active = IntStream.range(0, counts.length).filter(j -> row < counts[j]).toArray();
      double[] values =
          IntStream.of(active)
              .mapToDouble(j -> j == 0 && row % 2 == 1 || j == 1 ? -1 : 1)
              .toArray();
      statistics.row(row, new ActiveLatents(active, values));
    }
    return statistics;
  }

  private static Activity activity(LatentStatistics statistics, RankWindow window) {
    return Activity.of(statistics, window, DeadLatents.of(null, counts(statistics)));
  }

  private static long[] counts(LatentStatistics statistics) {
    return IntStream.range(0, statistics.dSae()).mapToLong(statistics::firingCount).toArray();
  }

  @Test
  void quartilesAreNumpysDefault() {
    assertEquals(
        new Distribution(4, 1, 1.75, 2.5, 3.25, 4), Distribution.of(new double[] {4, 1, 3, 2}));
    assertEquals(new Distribution(1, 7, 7, 7, 7, 7), Distribution.of(new double[] {7}));
  }

  @Test
  void frequenciesOfAllLatentsAndOfTheWindowWithoutTheDead() {
    Activity activity = activity(statistics(10, 10, 4, 2, 1, 0), new RankWindow(3, 9));
    assertEquals(new Distribution(5, 0, 0.1, 0.2, 0.4, 1), activity.frequency());
    assertEquals(Distribution.of(new double[] {0.1, 0.2}), activity.frequencyInWindow());
    assertNull(activity(statistics(10, 10, 0), new RankWindow(2, 9)).frequencyInWindow());
  }

  @Test
  void theHistogramCountsEveryLatentOnce() {
    DensityHistogram histogram =
        DensityHistogram.of(statistics(1000, 1000, 999, 100, 99, 10, 1, 0, 0));
    assertEquals(15, histogram.counts().size());
    assertEquals(16, histogram.edges().size());
    assertEquals(0.001, histogram.edges().getFirst(), 1e-18);
    assertEquals(1, histogram.edges().getLast());
    List<Integer> expected = List.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 2);
    assertEquals(expected, histogram.counts(), "an edge belongs to the bin above it");
    assertEquals(2, histogram.dead());
  }

  @Test
  void aSingleRowHasOneBin() {
    assertEquals(List.of(2), DensityHistogram.of(statistics(1, 1, 1)).counts());
  }

  @Test
  void signsAndTheDead() {
    LatentStatistics statistics = statistics(10, 10, 4, 2, 0);
    assertEquals(new SignBalance(1, 1, 1, 7 / 16.0), SignBalance.of(statistics));
    LatentStatistics train = statistics(10, 0, 4, 0, 0);
    assertEquals(
        new DeadLatents(List.of(0, 2, 3), List.of(3), List.of(3)),
        DeadLatents.of(counts(train), counts(statistics)));
    assertEquals(new DeadLatents(null, List.of(3), null), DeadLatents.of(null, counts(statistics)));
  }

  @Test
  void realLatentsLieWhereTheExperimentsFilesPutThem() {
    Activity profile = activity(Pipeline.load(100).statistics(), new RankWindow(400, 512));
    assertEquals(113, profile.frequencyInWindow().count());
    assertEquals(1 / 1495.0, profile.frequencyInWindow().min());
    assertEquals(15 / 1495.0, profile.frequencyInWindow().max(), 1e-15);
    assertEquals(
        512, profile.density().counts().stream().mapToInt(c -> c).sum() + profile.density().dead());
    assertTrue(
        profile.signBalance().positiveShare() > 0 && profile.signBalance().positiveShare() < 1);
  }
}
