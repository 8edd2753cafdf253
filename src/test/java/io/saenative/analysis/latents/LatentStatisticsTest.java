package io.saenative.analysis.latents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.saenative.analysis.latents.LatentStatistics.Sign;
import io.saenative.sae.Session.Codes;
import io.saenative.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LatentStatisticsTest {
  /**
   * Latent 0 is active on all four rows, 3 on two (once selected with value 0), 1 on one, 2 on
   * none.
   */
  private static final Codes CODES =
      new Codes(
          Tensor.of(new int[] {0, 3, 0, 3, 0, 1, 0, 3}, 4, 2),
          Tensor.of(new float[] {1, -2, -1, 0, 3, 5, 1, 2}, 4, 2));

  private static LatentStatistics inBatchesOf(int size) {
    LatentStatistics statistics = new LatentStatistics(4);
    for (int row = 0; row < 4; row += size) {
      int end = Math.min(4, row + size);
      statistics.accept(
          row, new Codes(CODES.indices().rows(row, end), CODES.values().rows(row, end)));
    }
    return statistics;
  }

  @Test
  void countsWhatIsActiveHoweverTheRowsAreBatched() {
    for (int size = 1; size <= 4; size++) {
      LatentStatistics statistics = inBatchesOf(size);
      assertEquals(4, statistics.rows());
      assertArrayEquals(
          new int[] {4, 1, 0, 2}, IntStream.range(0, 4).map(statistics::firingCount).toArray());
      assertEquals(3, statistics.firingCount(0, Sign.POSITIVE));
      assertEquals(1, statistics.firingCount(0, Sign.NEGATIVE));
      assertEquals(0.5, statistics.frequency(3));
      assertEquals(1.5, statistics.meanMagnitude(0), "over all rows");
      assertEquals(1.0, statistics.meanMagnitude(3), "over all rows, not the two active ones");
      assertArrayEquals(new int[] {0, 3, 1, 2}, statistics.ranking());
      assertEquals(
          List.of(entry(2, 3), entry(0, 1), entry(1, -1), entry(3, 1)),
          statistics.topRows(0),
          "ties to the smaller row");
      assertEquals(List.of(entry(0, -2), entry(3, 2)), statistics.topRows(3));
    }
  }

  private static TopRows.Entry entry(int row, double value) {
    return new TopRows.Entry(row, value);
  }
}
