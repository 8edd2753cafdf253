package io.saenative.data.synthetic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WalshHadamardTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 32, 256, 2048})
  void equalsTheDefinition(int n) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (i * 37 + 11) % 101 - 50; // small whole numbers: every sum is exact
    }
    float[] expected = new float[n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        expected[i] += Integer.bitCount(i & j) % 2 == 0 ? x[j] : -x[j];
      }
    }
    ActivationModel.walshHadamard(x);
    assertArrayEquals(expected, x);
  }
}
