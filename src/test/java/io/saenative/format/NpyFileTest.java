package io.saenative.format;

import static io.saenative.data.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.saenative.data.Fixtures;
import io.saenative.tensor.TensorView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Headers that numpy would not write; those it does are in ActivationFileTest. */
class NpyFileTest {
  @TempDir Path temp;

  @Test
  void readsScalarsVectorsAndEmptyArrays() {
    assertArrayEquals(new long[0], read(npy(1, "<f8", "False", "()", 8)).shape());
    assertArrayEquals(new long[] {2}, read(npy(1, "<f4", "True", "(2,)", 8)).shape());
    assertArrayEquals(new long[] {0, 3}, read(npy(2, "<f2", "True", "(0, 3)", 0)).shape());
  }

  @Test
  void refusesWrongHeaders() {
    assertNpyRefused(npy(4, "<f4", "False", "(2,)", 8), ".npy version 4");
    assertNpyRefused(npy(1, "<c8", "False", "(1,)", 8), "type '<c8'");
    assertNpyRefused(npy(1, "|O", "False", "(1,)", 8), "type '|O'");
    assertNpyRefused(npy(1, ">f8", "False", "(1,)", 8), "is big-endian ('>f8')");
    assertNpyRefused(npy(1, "<f4", "maybe", "(2,)", 8), "no readable 'fortran_order'");
    assertNpyRefused(npy(1, "<f4", "False", "(-2,)", 8), "no readable 'shape'");
    assertNpyRefused(npy(1, "<f4", "False", "(1 2)", 8), "a shape that cannot be");
    assertNpyRefused(
        npy(1, "<f4", "False", "(3,)", 8), "should have 12 bytes of data for shape [3] and has 8");
    assertNpyRefused(
        npy(1, "<f4", "False", "(1,)", 8), "should have 4 bytes of data for shape [1] and has 8");
    assertNpyRefused(
        npy(1, "<f4", "False", "(4294967296, 4294967296)", 8), "a shape that cannot be");
    assertNpyRefused(
        npy(1, "<f4", "False", "(99999999999999999999,)", 8), "a shape that cannot be");
    assertNpyRefused(
        Fixtures.replace(temp.resolve("a.npy"), "not numpy".getBytes(StandardCharsets.US_ASCII)),
        "not a .npy file");
  }

  private static void assertNpyRefused(Path file, String... parts) {
    assertRefused(() -> read(file), parts);
  }

  private static TensorView read(Path file) {
    return NpyFile.read(MappedFile.open(file));
  }

  private Path npy(int version, String descr, String fortran, String shape, int dataBytes) {
    byte[] header =
        ("{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n")
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer bytes =
        ByteBuffer.allocate((version == 1 ? 10 : 12) + header.length + dataBytes)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    bytes.put((byte) version).put((byte) 0);
    if (version == 1) {
      bytes.putShort((short) header.length);
    } else {
      bytes.putInt(header.length);
    }
    return Fixtures.replace(temp.resolve("a.npy"), bytes.put(header).array());
  }
}
