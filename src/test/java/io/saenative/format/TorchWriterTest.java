package io.saenative.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.data.Fixtures;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is written is what torch writes. That torch.load reads it, with weights_only True and False,
 * was checked once by loading the file of {@link #holdsWhatTorchsOwnFileHolds} (set
 * -Dsae.keep=FOLDER to keep it) and comparing with checkpoint.pt.
 */
class TorchWriterTest {
  @TempDir Path temp;

  private static Map<String, Object> checkpoint() {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("weight", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    state.put("bias", Tensor.of(new float[] {7, 8}, 2));
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("k", 2);
    config.put("name", "x");
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("model_state_dict", new TorchWriter.OrderedDict(state));
    root.put("config", config);
    root.put("history", Map.of("loss", List.of(0.5, 0.25)));
    return root;
  }

  /** checkpoint.pt is the same object written by torch. */
  @Test
  void holdsWhatTorchsOwnFileHolds() throws IOException {
    Path file = write("checkpoint.pt", checkpoint());
    assertEquals(
        describe(TorchFile.open(Fixtures.path("checkpoint.pt")).root()),
        describe(TorchFile.open(file).root()));
    Map<String, byte[]> ours = Fixtures.unzip(file);
    Map<String, byte[]> torchs = Fixtures.unzip(Fixtures.path("checkpoint.pt"));
    for (String name : List.of("byteorder", "data/0", "data/1", "version")) {
      assertArrayEquals(torchs.get("checkpoint/" + name), ours.get("checkpoint/" + name), name);
    }
    if (System.getProperty("sae.keep") != null) {
      Files.copy(file, Path.of(System.getProperty("sae.keep"), "checkpoint_from_java.pt"));
    }
  }

  @Test
  void placesEntriesAtMultiplesOf64Bytes() throws IOException {
    for (int n : new int[] {0, 1, 15, 16, 17, 33}) {
      List<Tensor> tensors = List.of(Tensor.zeros(DType.F32, n), Tensor.zeros(DType.F64, n));
      byte[] bytes = Files.readAllBytes(write("aligned.pt", tensors));
      int entries = 0;
      for (int at = 0;
          bytes[at + 2] == 3 && bytes[at + 3] == 4;
          entries++) { // PK 3 4 begins a local header
        int start = at + 30 + u16(bytes, at + 26) + u16(bytes, at + 28);
        assertEquals(0, start % 64, "entry " + entries);
        at = start + u16(bytes, at + 18); // sizes here are small
      }
      assertEquals(5, entries);
    }
  }

  @Test
  void readsBackEveryKindOfValue() throws IOException {
    List<Object> values =
        new ArrayList<>(
            List.of(
                0,
                -1,
                Integer.MIN_VALUE,
                1L << 31,
                Long.MIN_VALUE,
                0.1,
                Double.NaN,
                -0.0,
                true,
                false,
                "",
                "é½\n\0",
                List.of(),
                Map.of(),
                Map.of(1, "one"),
                List.of(List.of(1))));
    values.add(null);
    assertEquals(values, TorchFile.open(write("values.pt", values)).root());
    for (DType dtype : DType.values()) {
      Tensor t = Tensor.zeros(dtype, 3, 0, 2);
      assertTrue(t.sameBits((Tensor) TorchFile.open(write("empty.pt", t)).root()));
      Tensor u = Tensor.zeros(dtype, 2, 3);
      u.data().fill((byte) 0x21);
      assertTrue(u.sameBits((Tensor) TorchFile.open(write("full.pt", u)).root()));
    }
  }

  @Test
  void sameObjectGivesSameBytes() throws IOException {
    assertArrayEquals(
        Files.readAllBytes(write("a.pt", checkpoint())),
        Files.readAllBytes(write("a.pt", checkpoint())));
  }

  @Test
  void writesNothingForAnUnknownType() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThrows(
        IllegalArgumentException.class, () -> TorchWriter.write(out, List.of(new Object()), "a"));
    assertEquals(0, out.size());
  }

  private Path write(String name, Object root) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TorchWriter.write(out, root, name.replace(".pt", ""));
    return Files.write(temp.resolve(name), out.toByteArray());
  }

  private static String describe(Object o) {
    return switch (o) {
      case Map<?, ?> m ->
          m.entrySet().stream()
              .map(e -> e.getKey() + ": " + describe(e.getValue()))
              .toList()
              .toString();
      case Tensor t -> t.dtype() + Arrays.toString(t.shape()) + Arrays.toString(t.toDoubles());
      default -> o.getClass().getSimpleName() + " " + o;
    };
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) | (bytes[at + 1] & 0xFF) << 8;
  }
}
