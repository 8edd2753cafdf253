package io.saenative.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class TensorViewTest {
  private static final double[] VALUES = {1, 2, 3, 4, 5, 6};

  @Test
  void rowsThatAreTooLargeToCopyStayWhereTheyAre() {
    Tensor file = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    long bytes = file.data().byteSize();
    Tensor copied = TensorView.of(file).allRows("x", bytes);
    Tensor shared = TensorView.of(file).allRows("x", bytes - 1);
    assertNotEquals(file.data().address(), copied.data().address());
    assertEquals(file.data().address(), shared.data().address());
    assertArrayEquals(VALUES, copied.toDoubles());
    assertArrayEquals(VALUES, shared.toDoubles());
  }

  @Test
  void whatMustBeConvertedOrReorderedIsCopiedWhateverItsSize() {
    Tensor doubles = TensorView.of(Tensor.of(VALUES, 3, 2)).allRows("x", 0);
    assertEquals(DType.F32, doubles.dtype());
    assertArrayEquals(VALUES, doubles.toDoubles());
    Tensor columnMajor = Tensor.of(new float[] {1, 3, 5, 2, 4, 6}, 3, 2);
    assertArrayEquals(VALUES, TensorView.of(columnMajor, true).allRows("x", 0).toDoubles());
  }
}
