package io.saenative.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.saenative.data.Activations.Source;
import io.saenative.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedRowsTest {
  /**
   * Few different values, so that rows repeat within a set and between sets; all pairs compared.
   */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 31, 33", "2, 257, 100", "3, 256, 256", "5, 1000, 400"})
  void countsWhatComparingAllPairsCounts(int dIn, int trainRows, int validationRows) {
    SplittableRandom random = new SplittableRandom(dIn);
    float[] values = {0f, -0f, 1f, Math.nextUp(1f), -1f};
    float[] train = new float[trainRows * dIn];
    float[] validation = new float[validationRows * dIn];
    for (float[] set : List.of(train, validation)) {
      for (int i = 0; i < set.length; i++) {
        set[i] = values[random.nextInt(values.length)];
      }
    }
    int expected = 0;
    for (int[] row : rows(validation, dIn)) {
      expected += rows(train, dIn).stream().anyMatch(r -> Arrays.equals(r, row)) ? 1 : 0;
    }
    assertEquals(expected, SharedRows.count(set(train, dIn), set(validation, dIn)));
  }

  @Test
  void aSetSharesAllRowsWithItselfAndNoneWithOneOfAnotherWidth() {
    Activations set = set(new float[] {1, 2, 1, 2, 3, 4}, 2);
    assertEquals(3, SharedRows.count(set, set));
    assertEquals(0, SharedRows.count(set, set(new float[] {1, 2, 1}, 3)));
  }

  /** Two rows of one checksum are told apart, whichever of them is known. */
  @Test
  void aChecksumInCommonIsNotEnough() {
    Map<Long, float[]> byChecksum = new HashMap<>();
    SplittableRandom random = new SplittableRandom(1);
    float[] first = null;
    float[] second = null;
    for (int i = 0; i < 1_000_000 && first == null; i++) {
      second = new float[] {random.nextFloat(), random.nextFloat()};
      first = byChecksum.put(checksum(second), second);
      first = first != null && Arrays.equals(first, second) ? null : first;
    }
    assertNotNull(first);
    assertEquals(checksum(first), checksum(second));
    assertEquals(0, SharedRows.count(set(first, 2), set(second, 2)));
    float[] both = {first[0], first[1], second[0], second[1]};
    assertEquals(2, SharedRows.count(set(both, 2), set(both, 2)));
    assertEquals(1, SharedRows.count(set(second, 2), set(both, 2)));
  }

  private static long checksum(float[] row) {
    ByteBuffer bytes = Tensor.of(row, row.length).data().asByteBuffer();
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return crc.getValue();
  }

  private static List<int[]> rows(float[] values, int dIn) {
    List<int[]> rows = new ArrayList<>();
    for (int at = 0; at < values.length; at += dIn) {
      int[] bits = new int[dIn];
      for (int i = 0; i < dIn; i++) {
        bits[i] = Float.floatToRawIntBits(values[at + i]);
      }
      rows.add(bits);
    }
    return rows;
  }

  private static Activations set(float[] values, int dIn) {
    return new Activations(
        Tensor.of(values, values.length / dIn, dIn),
        List.of(),
        new Source("rows", "digest", false),
        Optional.empty());
  }
}
