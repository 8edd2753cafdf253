package io.saenative.format;

import io.saenative.UserError;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.tensor.TensorView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * numpy's {@code .npy}, versions 1 to 3: magic, version, length of the header, a Python dict with
 * type, order and shape, then the elements.
 */
public final class NpyFile {
  private NpyFile() {}

  /** Whether a file begins as numpy's do. */
  public static boolean begins(MappedFile file) {
    return file.startsWith(0x93, 'N', 'U', 'M', 'P', 'Y');
  }

  /**
   * The array as it lies in the mapped file.
   *
   * @throws UserError if it is no .npy file, damaged, or of a type other than float16, float32 and
   *     float64 in little-endian order
   */
  public static TensorView read(MappedFile mapped) {
    Path file = mapped.path();
    MemorySegment bytes = mapped.bytes();
    if (!begins(mapped)) {
      throw new UserError(file + " is not a .npy file: write it with numpy.save");
    }
    try {
      int version = bytes.get(ValueLayout.JAVA_BYTE, 6);
      if (version < 1 || version > 3) {
        throw new UserError(
            "%s has .npy version %s, and only 1 to 3 are read: write it with numpy.save"
                .formatted(file, version));
      }
      int start = version == 1 ? 10 : 12;
      long length =
          version == 1
              ? Short.toUnsignedInt(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 8))
              : Integer.toUnsignedLong(bytes.get(ValueLayout.JAVA_INT_UNALIGNED, 8));
      byte[] header = bytes.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE);
      return parse(file, new String(header, StandardCharsets.UTF_8), bytes.asSlice(start + length));
    } catch (IndexOutOfBoundsException e) {
      throw new UserError(file + " ends inside its header: copy or write it again", e);
    }
  }

  private static TensorView parse(Path file, String header, MemorySegment data) {
    DType dtype = dtype(file, field(file, header, "descr", "'([^']{1,16})'"));
    boolean fortran = field(file, header, "fortran_order", "(True|False)").equals("True");
    String sizes = field(file, header, "shape", "\\(([0-9,\\s]{0,200})\\)");
    long[] shape;
    long needed;
    try {
      shape =
          Arrays.stream(sizes.split(","))
              .map(String::strip)
              .filter(s -> !s.isEmpty())
              .mapToLong(Long::parseLong)
              .toArray();
      needed = Tensor.bytes(dtype, shape);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new UserError(
          file + " has a shape that cannot be: its header is damaged; write it again", e);
    }
    if (data.byteSize() != needed) {
      throw new UserError(
          "%s should have %s bytes of data for shape %s and has %s: copy or write it again"
              .formatted(file, needed, Arrays.toString(shape), data.byteSize()));
    }
    return TensorView.of(new Tensor(dtype, shape, data), fortran);
  }

  private static DType dtype(Path file, String descr) {
    return switch (descr) {
      case "<f2" -> DType.F16;
      case "<f4" -> DType.F32;
      case "<f8" -> DType.F64;
      default -> {
        String what =
            descr.startsWith(">")
                ? "is big-endian ('%s')"
                : "has elements of type '%s', and only float16, float32 and float64 are read";
        throw new UserError(
            "%s %s: write it with numpy.save(path, a.astype('<f4'))"
                .formatted(file, what.formatted(MappedFile.printable(descr))));
      }
    };
  }

  /** What the only group of {@code pattern} finds behind a name. */
  private static String field(Path file, String header, String name, String pattern) {
    Matcher m = Pattern.compile("'" + name + "':\\s*" + pattern).matcher(header);
    if (!m.find()) {
      throw new UserError(
          "%s has no readable '%s' in its header: write one plain array with numpy.save"
              .formatted(file, name));
    }
    return m.group(1);
  }
}
