package io.saenative.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class TensorTest {

  @Test
  void halfPrecisionTypesAreWidenedExactly() {
    MemorySegment bits = Arena.ofAuto().allocate(4);
    bits.set(ValueLayout.JAVA_SHORT, 0, (short) 0xC100); // float16 −2.5
    bits.set(ValueLayout.JAVA_SHORT, 2, (short) 0x0001); // its smallest subnormal, 2^−24
    assertArrayEquals(
        new double[] {-2.5, 0x1p-24}, new Tensor(DType.F16, new long[] {2}, bits).toDoubles());
    bits.set(ValueLayout.JAVA_SHORT, 0, (short) 0xC020); // bfloat16 −2.5
    bits.set(ValueLayout.JAVA_SHORT, 2, (short) 0x7F80); // infinity
    assertArrayEquals(
        new double[] {-2.5, Double.POSITIVE_INFINITY},
        new Tensor(DType.BF16, new long[] {2}, bits).toDoubles());
  }

  @Test
  void rowsShareMemoryAndTransposeCopies() {
    Tensor t = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 3, 2);
    Tensor middle = t.rows(1, 2);
    middle.set(0, -3);
    assertArrayEquals(new double[] {1, 2, -3, 4, 5, 6}, t.toDoubles());
    assertArrayEquals(new double[] {1, -3, 5, 2, 4, 6}, t.transposed().toDoubles());
  }

  @Test
  void aTensorMustFillItsMemory() {
    MemorySegment bytes = Arena.ofAuto().allocate(12);
    assertThrows(
        IllegalArgumentException.class, () -> new Tensor(DType.F32, new long[] {4}, bytes));
    assertEquals(3, new Tensor(DType.F32, new long[] {3}, bytes).size());
  }
}
