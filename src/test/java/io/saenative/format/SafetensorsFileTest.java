package io.saenative.format;

import static io.saenative.data.Fixtures.assertRefused;
import static io.saenative.data.Fixtures.path;
import static io.saenative.data.Fixtures.shared;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
  @TempDir Path temp;

  /** tensors.safetensors was written by the safetensors library for Python. */
  @Test
  void readsWhatPythonWrites() {
    SafetensorsFile f = SafetensorsFile.read(path("tensors.safetensors"));
    assertEquals(Map.of("source", "é"), f.metadata());
    assertEquals(7, f.tensors().size());
    assertEquals(DType.F16, f.tensors().get("half").dtype());
    assertEquals(DType.BF16, f.tensors().get("bf").dtype());
    assertEquals(DType.F64, f.tensors().get("double").dtype());
    for (String name : new String[] {"half", "bf", "double"}) {
      assertArrayEquals(
          new double[] {-3, -2.75, -2.5, -2.25, -2}, f.tensors().get(name).toDoubles());
    }
    assertArrayEquals(new int[] {0, 1, 2}, f.tensors().get("i32").toInts());
    assertArrayEquals(new long[0], f.tensors().get("i64").shape());
    assertEquals(1L << 40, f.tensors().get("i64").get(0));
    assertArrayEquals(new long[] {0, 5}, f.tensors().get("empty").shape());
  }

  /** Shapes as the metadata say; first loss and last weights finite. */
  @ParameterizedTest
  @CsvSource({
    "small_f32, F32",
    "small_f64, F64",
    "wide_f32, F32",
    "k_one_f64, F64",
    "odd_k_all_f64, F64"
  })
  void readsTraces(String name, DType dtype) {
    SafetensorsFile f = SafetensorsFile.read(shared("golden/" + name + ".safetensors"));
    long dIn = Long.parseLong(f.metadata().get("d_in"));
    long dSae = Long.parseLong(f.metadata().get("d_sae"));
    assertArrayEquals(new long[] {dSae, dIn}, f.tensors().get("w_enc.init").shape());
    assertArrayEquals(new long[] {dIn, dSae}, f.tensors().get("w_dec.final").shape());
    assertEquals(dtype, f.tensors().get("x_train").dtype());
    assertEquals(DType.I32, f.tensors().get("batch_order").dtype());
    for (double loss : f.tensors().get("step_loss").toDoubles()) {
      assertTrue(loss > 0 && loss < 1e6);
    }
  }

  /**
   * The same tensors as in Python's file, written here; that Python reads the result was checked
   * once by hand.
   */
  @Test
  void readsBackWhatItWrites() throws IOException {
    SafetensorsFile f = SafetensorsFile.read(path("tensors.safetensors"));
    byte[] bytes = write(f.tensors(), f.metadata());
    long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertEquals(0, header % 8);
    SafetensorsFile back = SafetensorsFile.read(Files.write(temp.resolve("a.safetensors"), bytes));
    assertEquals(f.metadata(), back.metadata());
    assertEquals(f.tensors().keySet(), back.tensors().keySet());
    f.tensors().forEach((name, t) -> assertTrue(t.sameBits(back.tensors().get(name)), name));
    back.tensors()
        .forEach(
            (name, t) ->
                assertEquals(0, t.data().address() % t.dtype().bytes(), name + " is aligned"));
    if (System.getProperty("sae.keep") != null) {
      Files.write(Path.of(System.getProperty("sae.keep"), "from_java.safetensors"), bytes);
    }
  }

  @Test
  void writesNoTensorsAndNoMetadata() throws IOException {
    byte[] bytes = write(Map.of(), Map.of());
    assertEquals(16, bytes.length);
    SafetensorsFile back = SafetensorsFile.read(Files.write(temp.resolve("a.safetensors"), bytes));
    assertEquals(0, back.tensors().size() + back.metadata().size());
  }

  @Test
  void keepsTheOrderOfTensorsOfOneType() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name : new String[] {"z", "a", "m"}) {
      tensors.put(name, Tensor.zeros(DType.F32, 1));
    }
    Path file = Files.write(temp.resolve("a.safetensors"), write(tensors, Map.of()));
    assertEquals("[z, a, m]", SafetensorsFile.read(file).tensors().keySet().toString());
  }

  @Test
  void refusesWrongHeaders() throws IOException {
    assertHeaderRefused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}", "not JSON");
    assertHeaderRefused("[]", "is not a JSON object");
    assertHeaderRefused(a("F32", "[2]", "[0,8]") + " x", "not JSON");
    assertHeaderRefused(a("U8", "[8]", "[0,8]"), "'a' the type 'U8'");
    assertHeaderRefused(a("F32", "[2]", "[0,12]"), "at [0, 12] of 8 bytes of data");
    assertHeaderRefused(a("F32", "[2]", "[8,0]"), "at [8, 0] of 8 bytes");
    assertHeaderRefused(a("F32", "[2]", "[-8,0]"), "data_offsets that is not a list of sizes");
    assertHeaderRefused(a("F32", "[2]", "[0]"), "at [0] of 8 bytes");
    assertHeaderRefused(a("F32", "[-2]", "[0,8]"), "shape that is not a list of sizes");
    assertHeaderRefused(a("F32", "[2.0]", "[0,8]"), "shape that is not a list of sizes");
    assertHeaderRefused(a("F32", "2", "[0,8]"), "shape that is not a list of sizes");
    assertHeaderRefused(a("F32", "[3]", "[0,8]"), "8 bytes, not what F32 of shape [3] takes");
    assertHeaderRefused(a("F32", "[4294967296,4294967296]", "[0,8]"), "not what F32");
    assertHeaderRefused(a("F32", "[0,4611686018427387904,2]", "[0,0]"), "0 bytes, not what F32");
    assertHeaderRefused(a("F32", "[1]", "[0,4]"), "describes 4 bytes of data and the file has 8");
    assertHeaderRefused(a("F32", "[1]", "[4,8]"), "overlap or leave a gap at byte 0");
    assertHeaderRefused("{}", "describes 0 bytes of data and the file has 8");
    assertHeaderRefused(two("[0,8]", "[2]", "[0,8]", "[2]"), "overlap or leave a gap");
    assertHeaderRefused(two("[0,4]", "[1]", "[0,8]", "[2]"), "overlap or leave a gap");
    assertHeaderRefused(two("[0,8]", "[2]", "[4,8]", "[1]"), "overlap or leave a gap");
    assertHeaderRefused("{\"a\":1,\"a\":2}", "not JSON", "uplicate");
    assertHeaderRefused("{\"__metadata__\":{\"k\":1}}", "metadata 'k' that is not a string");
    assertHeaderRefused("{\"__metadata__\":[\"k\"]}", "metadata that is not a JSON object");
    assertHeaderRefused("{\"\\u001b[31m\":1}", "tensor '?[31m'");
    assertHeaderRefused("[".repeat(100_000), "not JSON");
  }

  @Test
  void refusesWrongLengths() throws IOException {
    Path file = temp.resolve("length.safetensors");
    for (long length : new long[] {0, 1, -1, Long.MAX_VALUE, 100_000_001}) {
      Files.write(
          file,
          ByteBuffer.allocate(24)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(length)
              .put((byte) '{')
              .array());
      assertRefused(
          () -> SafetensorsFile.read(file),
          "its header would have " + Long.toUnsignedString(length) + " bytes");
    }
    Files.write(
        file,
        ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putLong(17).put((byte) '{').array());
    assertRefused(() -> SafetensorsFile.read(file), "ends inside its header");
    Files.write(file, new byte[7]);
    assertRefused(() -> SafetensorsFile.read(file), "too short");
  }

  private static String a(String dtype, String shape, String offsets) {
    return "{\"a\":{\"dtype\":\""
        + dtype
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":"
        + offsets
        + "}}";
  }

  private static String two(String offsetsA, String shapeA, String offsetsB, String shapeB) {
    String a = a("F32", shapeA, offsetsA);
    return a.substring(0, a.length() - 1)
        + ",\"b\":"
        + a("F32", shapeB, offsetsB).substring("{\"a\":".length());
  }

  /** Eight bytes of data follow the header. */
  private void assertHeaderRefused(String json, String... parts) throws IOException {
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + 8).order(ByteOrder.LITTLE_ENDIAN);
    Path file =
        Files.write(
            temp.resolve("header.safetensors"), bytes.putLong(header.length).put(header).array());
    assertRefused(() -> SafetensorsFile.read(file), parts);
  }

  private static byte[] write(Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SafetensorsFile.write(out, tensors, metadata);
    return out.toByteArray();
  }
}
