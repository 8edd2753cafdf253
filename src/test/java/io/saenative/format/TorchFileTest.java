package io.saenative.format;

import static io.saenative.data.Fixtures.assertRefused;
import static io.saenative.data.Fixtures.path;
import static io.saenative.data.Fixtures.shared;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.saenative.data.Fixtures;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that torch wrote, read back value by value; resources/data/make_fixtures.py says what is in
 * them.
 */
class TorchFileTest {
  @TempDir Path temp;

  private final Map<?, ?> everything = (Map<?, ?>) TorchFile.open(path("everything.pt")).root();

  @Test
  void readsViewsOfOneStorage() {
    assertTensor("whole", new long[] {12, 5}, (i) -> i / 4.0 - 3);
    assertTensor("tail", new long[] {10, 5}, (i) -> (i + 10) / 4.0 - 3);
    assertTensor("column", new long[] {12}, (i) -> (5 * i + 1) / 4.0 - 3);
    assertTensor("transposed", new long[] {5, 12}, (i) -> (i % 12 * 5 + i / 12) / 4.0 - 3);
    assertTensor("repeated", new long[] {4}, (i) -> -3);
    assertTensor("scalar", new long[0], (i) -> -1.25);
    assertTensor("empty", new long[] {0, 5}, (i) -> 0);
    assertTensor("parameter", new long[] {5}, (i) -> i / 4.0 - 3);
    assertEquals(
        ((Tensor) everything.get("whole")).data().address() + 10 * 4,
        ((Tensor) everything.get("tail")).data().address(),
        "a contiguous slice shares the storage");
  }

  @Test
  void readsIntegerTensors() {
    assertTensor("i32", new long[] {3}, (i) -> i);
    assertTensor("i64", new long[] {1}, (i) -> 1L << 40);
    assertEquals(DType.I32, ((Tensor) everything.get("i32")).dtype());
    assertEquals(DType.I64, ((Tensor) everything.get("i64")).dtype());
  }

  @Test
  void readsPlainValues() {
    List<Object> numbers =
        new ArrayList<>(
            List.of(1, -1, 255, 65536, 1L << 31, BigInteger.ONE.shiftLeft(70), 1.5, true, false));
    numbers.add(null);
    assertEquals(numbers, everything.get("numbers"));
    assertEquals("é½", everything.get("text"));
    assertArrayEquals(new byte[] {0, (byte) 0xff}, (byte[]) everything.get("data"));
    assertArrayEquals(new byte[0], (byte[]) everything.get("nothing"));
    assertEquals(List.of("a", List.of("b"), List.of()), everything.get("tuple"));
    assertEquals("{b=1, a=2}", everything.get("ordered").toString());
  }

  @Test
  void readsNumpyScalarsAndArrays() {
    assertEquals(List.of(1.5, 0.1, 1L << 60, -3L, true, "s"), everything.get("numpy"));
    List<?> arrays = (List<?>) everything.get("arrays");
    Tensor first = (Tensor) arrays.get(0);
    assertArrayEquals(new int[] {0, 1, 2}, first.toInts());
    assertEquals(DType.I64, first.dtype());
    assertSame(first, arrays.get(1), "the same array twice");
    Tensor fortran = (Tensor) arrays.get(2);
    assertArrayEquals(new double[] {1.5, 2.5, 3.5, 4.5}, fortran.toDoubles());
    assertArrayEquals(new long[] {2, 2}, fortran.shape());
    assertArrayEquals(new long[] {0, 3}, ((Tensor) arrays.get(3)).shape());
    assertEquals(List.of("a", "bc"), arrays.get(4));
    assertEquals(List.of(List.of("x"), List.of("y", "z")), arrays.get(5));
  }

  @Test
  void readsStateDict() {
    Map<?, ?> root = (Map<?, ?>) TorchFile.open(path("checkpoint.pt")).root();
    assertEquals("[model_state_dict, config, history]", root.keySet().toString());
    Map<?, ?> state = (Map<?, ?>) root.get("model_state_dict");
    assertEquals("[weight, bias]", state.keySet().toString());
    assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, ((Tensor) state.get("weight")).toDoubles());
    assertArrayEquals(new double[] {7, 8}, ((Tensor) state.get("bias")).toDoubles());
    assertEquals(Map.of("k", 2, "name", "x"), root.get("config"));
    assertEquals(Map.of("loss", List.of(0.5, 0.25)), root.get("history"));
  }

  /** Values as torch.load shows them. */
  @ParameterizedTest
  @ValueSource(ints = {100, 300})
  void readsTheExperimentsCheckpoints(int k) {
    Map<?, ?> root =
        (Map<?, ?>) TorchFile.open(shared("pipeline/pos3_layer3_d512_k" + k + ".pt")).root();
    assertEquals("[model_state_dict, config, metrics, training_history]", root.keySet().toString());
    Map<?, ?> state = (Map<?, ?>) root.get("model_state_dict");
    assertEquals(
        "[encoder.weight, encoder.bias, decoder.weight, decoder.bias]", state.keySet().toString());
    assertArrayEquals(new long[] {512, 384}, ((Tensor) state.get("encoder.weight")).shape());
    assertArrayEquals(new long[] {384, 512}, ((Tensor) state.get("decoder.weight")).shape());
    assertEquals(
        "{input_dim=384, latent_dim=512, k=" + k + ", position=3, layer=3}",
        root.get("config").toString());
    List<?> loss = (List<?>) ((Map<?, ?>) root.get("training_history")).get("val_loss");
    assertEquals(25, loss.size());
    if (k == 100) {
      assertEquals(1.1150827407836914, loss.get(0));
      assertEquals(
          0.13460871577262878, ((Map<?, ?>) root.get("metrics")).get("reconstruction_loss"));
    }
  }

  @Test
  void refusesBigEndianAndCompressedFiles() {
    Map<String, byte[]> entries = Fixtures.unzip(path("float32.pt"));
    entries.put("float32/byteorder", "big".getBytes(StandardCharsets.US_ASCII));
    Path file = temp.resolve("big.pt");
    Fixtures.zip(file, entries);
    assertRefused(() -> TorchFile.open(file), "big.pt has byte order 'big'");
    Fixtures.zipCompressed(file, entries);
    assertRefused(
        () -> TorchFile.open(file), "float32/byteorder is compressed or encrypted", "torch.save");
  }

  private interface Expected {
    double at(int i);
  }

  private void assertTensor(String name, long[] shape, Expected expected) {
    Tensor t = (Tensor) everything.get(name);
    assertArrayEquals(shape, t.shape(), name);
    double[] values = new double[(int) t.size()];
    Arrays.setAll(values, expected::at);
    assertArrayEquals(values, t.toDoubles(), name);
  }
}
