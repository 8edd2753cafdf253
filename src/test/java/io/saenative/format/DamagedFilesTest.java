package io.saenative.format;

import static io.saenative.data.Fixtures.assertRefused;
import static io.saenative.data.Fixtures.path;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.UserError;
import io.saenative.data.Fixtures;
import io.saenative.data.Site;
import io.saenative.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.Unpickler;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is done to a file, it is read or refused by a UserError in one line; no other exception,
 * and nothing runs.
 */
@Tag("slow")
class DamagedFilesTest {
  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"float32.pt", "protocol4.pt", "float32.npy", "tensors.safetensors"})
  void everyTruncationIsRefused(String name) throws IOException {
    byte[] good = Files.readAllBytes(path(name));
    Path file = temp.resolve(name);
    for (int length = 0; length < good.length; length++) {
      Fixtures.replace(file, Arrays.copyOf(good, length));
      assertRefused(() -> Fixtures.read(file, new Site(1, 0)), name);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "float32.pt",
        "numpy.pt",
        "scalars.pt",
        "protocol4.pt",
        "sliced.pt",
        "float32.npy",
        "tensors.safetensors"
      })
  void changedBytesAreReadOrRefused(String name) throws IOException {
    byte[] good = Files.readAllBytes(path(name));
    Path file = temp.resolve(name);
    Random random = new Random(1);
    for (int trial = 0; trial < 500; trial++) {
      Fixtures.replace(file, changed(good, random));
      readOrRefuse(() -> Fixtures.read(file, new Site(1, 0)));
    }
  }

  /**
   * The checksum in the zip would catch these before the pickle is read: made right again, the
   * unpickler sees them.
   */
  @ParameterizedTest
  @ValueSource(strings = {"float32.pt", "numpy.pt", "scalars.pt", "protocol4.pt", "everything.pt"})
  void changedPicklesAreReadOrRefused(String name) {
    Map<String, byte[]> entries = Fixtures.unzip(path(name));
    String pickle =
        entries.keySet().stream().filter(e -> e.endsWith("/data.pkl")).findFirst().orElseThrow();
    byte[] good = entries.get(pickle);
    Path file = temp.resolve(name);
    Runnable read =
        name.equals("everything.pt")
            ? () -> TorchFile.open(file).root()
            : () -> Fixtures.read(file, new Site(1, 0));
    Random random = new Random(2);
    int refused = 0;
    for (int trial = 0; trial < 500; trial++) {
      entries.put(pickle, changed(good, random));
      Fixtures.zip(file, entries);
      refused += readOrRefuse(read) ? 0 : 1;
    }
    assertTrue(refused > 100, refused + " of 500 refused");
    for (int length = 0; length < good.length; length += name.equals("everything.pt") ? 1 : 7) {
      entries.put(pickle, Arrays.copyOf(good, length));
      Fixtures.zip(file, entries);
      assertRefused(read::run, name);
    }
  }

  @Test
  void changedElementsAreNoticed() throws IOException {
    byte[] bytes = Files.readAllBytes(path("checkpoint.pt"));
    int seven = 0; // the float 7.0 is 00 00 e0 40
    while (bytes[seven + 2] != (byte) 0xe0 || bytes[seven + 3] != 0x40) {
      seven++;
    }
    bytes[seven] ^= 1;
    Path file = Files.write(temp.resolve("checkpoint.pt"), bytes);
    assertRefused(
        () -> TorchFile.open(file).root(),
        "checkpoint.pt",
        "data/1 does not have the checksum it was written with");
  }

  /** A file of 20 MB in which every 46 bytes could be an entry. */
  @Test
  void hugeDirectoryIsRefused() throws IOException {
    int size = 20 << 20;
    ByteBuffer zip = ByteBuffer.allocate(size + 22).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(0x04034b50).position(size); // begins as a zip file does
    zip.putInt(0x06054b50).putInt(0).putShort((short) -1).putShort((short) -1);
    zip.putInt(size).putInt(0).putShort((short) 0);
    Path file = Files.write(temp.resolve("directory.pt"), zip.array());
    assertRefused(
        () -> TorchFile.open(file), "directory.pt", "directory would have 20971520 bytes");
  }

  @Test
  void shortStorageIsRefused() {
    Map<String, byte[]> entries = Fixtures.unzip(path("float32.pt"));
    entries.put("float32/data/0", new byte[236]);
    Path file = temp.resolve("short.pt");
    Fixtures.zip(file, entries);
    assertRefused(
        () -> Fixtures.read(file, new Site(1, 0)),
        "short.pt",
        "storage 0 should have 60 elements and has 59");
    entries.remove("float32/data/0");
    Fixtures.zip(file, entries);
    assertRefused(
        () -> Fixtures.read(file, new Site(1, 0)), "short.pt", "has no entry float32/data/0");
  }

  /**
   * Each would create a file if it were run, by any of the instructions that can call something.
   */
  @Test
  void codeIsRefusedByNameAndNotRun() {
    Path made = temp.resolve("made");
    String command = "touch " + made;
    byte[] text =
        new Pickle().op(Opcodes.BINUNICODE).int32(command.length()).ascii(command).bytes();
    Pickle[] attacks = {
      new Pickle()
          .op(Opcodes.GLOBAL)
          .ascii("posix\nsystem\n")
          .op(Opcodes.MARK)
          .raw(text)
          .op(Opcodes.TUPLE)
          .op(Opcodes.REDUCE),
      new Pickle()
          .name("posix")
          .name("system")
          .op(Opcodes.STACK_GLOBAL)
          .raw(text)
          .op(Opcodes.TUPLE1)
          .op(Opcodes.REDUCE),
      new Pickle().op(Opcodes.MARK).raw(text).op(Opcodes.INST).ascii("posix\nsystem\n"),
      new Pickle()
          .op(Opcodes.MARK)
          .op(Opcodes.GLOBAL)
          .ascii("posix\nsystem\n")
          .raw(text)
          .op(Opcodes.OBJ),
      new Pickle()
          .op(Opcodes.GLOBAL)
          .ascii("posix\nsystem\n")
          .raw(text)
          .op(Opcodes.TUPLE1)
          .op(Opcodes.NEWOBJ),
      new Pickle()
          .op(Opcodes.GLOBAL)
          .ascii("posix\nsystem\n")
          .raw(text)
          .op(Opcodes.TUPLE1)
          .op(Opcodes.EMPTY_DICT)
          .op(Opcodes.NEWOBJ_EX)
    };
    for (Pickle attack : attacks) {
      assertPickleRefused(attack, "refers to posix.system, which a data file has no need of");
    }
    assertFalse(Files.exists(made));
  }

  /** Names the library would build by itself, from a table that the whole process shares. */
  @ParameterizedTest
  @CsvSource({
    "datetime,date",
    "decimal,Decimal",
    "array,array",
    "builtins,set",
    "builtins,complex",
    "builtins,bytearray",
    "copy_reg,_reconstructor",
    "operator,attrgetter",
    "pytz,_UTC",
    "builtins,eval",
    "torch,load",
    "torch._utils,_rebuild_qtensor",
    "numpy.core.multiarray,fromfile"
  })
  void everythingOffTheListIsRefused(String module, String name) {
    Unpickler.registerConstructor("builtins", "eval", args -> "run");
    assertPickleRefused(
        new Pickle()
            .op(Opcodes.GLOBAL)
            .ascii(module + "\n" + name + "\n")
            .op(Opcodes.EMPTY_TUPLE)
            .op(Opcodes.REDUCE),
        "refers to " + module + "." + name + ", which a data file has no need of");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ByteStorage", "BoolStorage", "ComplexFloatStorage", "QInt8Storage"})
  void otherElementTypesAreRefused(String storage) {
    assertPickleRefused(
        new Pickle().op(Opcodes.GLOBAL).ascii("torch\n" + storage + "\n"),
        "type (" + storage + ")");
  }

  /**
   * Instructions that no plain object needs; among them all that could reach an extension registry
   * or another buffer.
   */
  @Test
  void otherInstructionsAreRefused() {
    short[] opcodes = {
      Opcodes.EXT1,
      Opcodes.EXT2,
      Opcodes.EXT4,
      Opcodes.PERSID,
      Opcodes.OBJ,
      Opcodes.NEWOBJ,
      Opcodes.NEWOBJ_EX,
      Opcodes.NEXT_BUFFER,
      Opcodes.READONLY_BUFFER,
      Opcodes.BYTEARRAY8,
      Opcodes.EMPTY_SET,
      Opcodes.FROZENSET,
      Opcodes.ADDITEMS,
      Opcodes.LONG4,
      Opcodes.INT,
      Opcodes.LONG,
      Opcodes.STRING,
      Opcodes.UNICODE,
      Opcodes.DUP,
      Opcodes.POP,
      0xFF
    };
    for (short opcode : opcodes) {
      assertPickleRefused(
          new Pickle().op(Opcodes.EMPTY_LIST).op(opcode).raw(new byte[16]),
          String.format("uses the pickle instruction 0x%02x", opcode));
    }
  }

  @Test
  void callingOrChangingPlainValuesIsRefused() {
    assertPickleRefused(
        new Pickle().op(Opcodes.EMPTY_LIST).op(Opcodes.EMPTY_TUPLE).op(Opcodes.REDUCE),
        "is damaged");
    assertPickleRefused(
        new Pickle().op(Opcodes.EMPTY_LIST).op(Opcodes.EMPTY_DICT).op(Opcodes.BUILD),
        "sets attributes");
    assertPickleRefused(
        new Pickle().op(Opcodes.NONE).op(Opcodes.BINPERSID), "is not a tensor's storage");
    assertPickleRefused(
        new Pickle()
            .op(Opcodes.GLOBAL)
            .ascii("_codecs\nencode\n")
            .name("a")
            .name("rot13")
            .op(Opcodes.TUPLE2)
            .op(Opcodes.REDUCE),
        "encodes text other than as latin1");
    // d[l] = None for a list l that contains itself: hashing it would never end
    assertPickleRefused(
        new Pickle()
            .op(Opcodes.EMPTY_DICT)
            .op(Opcodes.EMPTY_LIST)
            .op(Opcodes.BINPUT)
            .raw(new byte[1])
            .op(Opcodes.BINGET)
            .raw(new byte[1])
            .op(Opcodes.APPEND)
            .op(Opcodes.NONE)
            .op(Opcodes.SETITEM),
        "neither a string nor a number");
  }

  @Test
  void hugeDeclaredSizesAreRefused() {
    assertPickleRefused(
        new Pickle().op(Opcodes.BINUNICODE).int32(0x7fffffff), "its pickle ends inside a string");
    assertPickleRefused(
        new Pickle().op(Opcodes.BINUNICODE).int32(-1), "its pickle ends inside a string");
    assertPickleRefused(
        new Pickle().op(Opcodes.BINBYTES8).int32(-1).int32(0x7fffffff),
        "its pickle ends inside a string");
    assertPickleRefused(
        new Pickle().op(Opcodes.BINBYTES8).int32(-1).int32(-1), "its pickle ends inside a string");
    assertPickleRefused(tensor(8, 9, 1, 0), "is damaged");
    assertPickleRefused(tensor(8, 1, 1, 8), "is damaged");
    assertPickleRefused(tensor(8, 8, -1, 7), "is damaged");
    assertPickleRefused(tensor(8, -1, 1, 0), "is damaged");
    assertPickleRefused(tensor(8, 2, 1, -1), "is damaged");
    assertPickleRefused(tensor(8, Integer.MAX_VALUE, Integer.MAX_VALUE, 0), "is damaged");
    assertPickleRefused(tensor(9, 8, 1, 0), "storage 0 should have 9 elements and has 8");
    Path file = temp.resolve("good.pt");
    Fixtures.torchFile(file, tensor(8, 4, 2, 1).op(Opcodes.STOP).bytes());
    assertEquals(4, ((Tensor) TorchFile.open(file).root()).size());
  }

  /** _rebuild_tensor_v2 of one dimension on storage 0, which has 8 elements. */
  private static Pickle tensor(int elements, int size, int stride, int offset) {
    return new Pickle()
        .op(Opcodes.GLOBAL)
        .ascii("torch._utils\n_rebuild_tensor_v2\n")
        .op(Opcodes.MARK)
        .op(Opcodes.MARK)
        .name("storage")
        .op(Opcodes.GLOBAL)
        .ascii("torch\nFloatStorage\n")
        .name("0")
        .name("cpu")
        .op(Opcodes.BININT)
        .int32(elements)
        .op(Opcodes.TUPLE)
        .op(Opcodes.BINPERSID)
        .op(Opcodes.BININT)
        .int32(offset)
        .op(Opcodes.BININT)
        .int32(size)
        .op(Opcodes.TUPLE1)
        .op(Opcodes.BININT)
        .int32(stride)
        .op(Opcodes.TUPLE1)
        .op(Opcodes.NEWFALSE)
        .op(Opcodes.NONE)
        .op(Opcodes.TUPLE)
        .op(Opcodes.REDUCE);
  }

  private void assertPickleRefused(Pickle pickle, String... parts) {
    Path file = temp.resolve("made.pt");
    Fixtures.torchFile(file, pickle.op(Opcodes.STOP).bytes());
    assertRefused(() -> TorchFile.open(file).root(), parts);
  }

  /** One to four bytes set, or one range removed. */
  private static byte[] changed(byte[] good, Random random) {
    byte[] bytes = good.clone();
    if (random.nextInt(8) == 0) {
      int from = random.nextInt(bytes.length);
      int gap = Math.min(1 + random.nextInt(8), bytes.length - from);
      System.arraycopy(good, from + gap, bytes, from, bytes.length - from - gap);
      return Arrays.copyOf(bytes, bytes.length - gap);
    }
    for (int n = random.nextInt(4); n >= 0; n--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private static boolean readOrRefuse(Runnable read) {
    try {
      read.run();
      return true;
    } catch (UserError e) {
      assertFalse(e.getMessage().contains("\n"), e.getMessage());
      return false;
    }
  }

  /** Spells a pickle. */
  private static final class Pickle {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Pickle op(int opcode) {
      out.write(opcode);
      return this;
    }

    Pickle raw(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Pickle ascii(String s) {
      return raw(s.getBytes(StandardCharsets.US_ASCII));
    }

    Pickle int32(int value) {
      return op(value).op(value >> 8).op(value >> 16).op(value >> 24);
    }

    Pickle name(String s) {
      return op(Opcodes.SHORT_BINUNICODE).op(s.length()).ascii(s);
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
