package io.saenative.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpochOrderTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 31, 256, 5978})
  void everyRowComesOnce(int rows) {
    int[] order = EpochOrder.of(3, 1, rows);
    Arrays.sort(order);
    assertArrayEquals(IntStream.range(0, rows).toArray(), order);
  }

  @Test
  void dependsOnSeedAndEpochAlone() {
    assertArrayEquals(EpochOrder.of(5, 2, 100), EpochOrder.of(5, 2, 100));
    assertFalse(Arrays.equals(EpochOrder.of(5, 2, 100), EpochOrder.of(5, 3, 100)));
    assertFalse(Arrays.equals(EpochOrder.of(5, 2, 100), EpochOrder.of(6, 2, 100)));
    assertFalse(Arrays.equals(EpochOrder.of(5, 2, 100), EpochOrder.of(6, 1, 100)));
  }

  /**
   * A checkpoint written under one Java must go on under another: the generator's algorithm may not
   * change unseen.
   */
  @Test
  void isTheSameOnEveryJava() {
    assertArrayEquals(new int[] {4, 2, 7, 3, 0, 5, 6, 1}, EpochOrder.of(0, 0, 8));
    assertArrayEquals(new int[] {7, 2, 1, 0, 6, 5, 4, 3}, EpochOrder.of(-1, 24, 8));
  }

  /**
   * Over many epochs each row is at each place equally often: 5 standard deviations of a binomial.
   */
  @Test
  void isUniform() {
    int rows = 5;
    int epochs = 20_000;
    int[][] count = new int[rows][rows];
    for (int epoch = 0; epoch < epochs; epoch++) {
      int[] order = EpochOrder.of(11, epoch, rows);
      for (int place = 0; place < rows; place++) {
        count[place][order[place]]++;
      }
    }
    double mean = (double) epochs / rows;
    double deviation = Math.sqrt(mean * (1 - 1.0 / rows));
    for (int[] places : count) {
      for (int c : places) {
        assertTrue(Math.abs(c - mean) < 5 * deviation, () -> c + " of " + mean);
      }
    }
    assertEquals(epochs, Arrays.stream(count[0]).sum());
  }
}
