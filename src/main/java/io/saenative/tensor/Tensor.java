package io.saenative.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * A dense row-major array in native memory: what files are read into and what engines take and
 * give, without a copy in between. Elements are little-endian and may lie unaligned in a mapped
 * file.
 *
 * @param dtype element type
 * @param shape sizes, outermost first; empty for a scalar
 * @param data exactly {@code size() * dtype.bytes()} bytes
 */
public record Tensor(DType dtype, long[] shape, MemorySegment data) {
  private static final int DIGESTED_AT_ONCE = 1 << 20;

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;
  private static final int ALIGNMENT = 64;

  public Tensor {
    if (data.byteSize() != bytes(dtype, shape)) {
      throw new IllegalArgumentException(
          "a %s tensor of shape %s does not have %s bytes"
              .formatted(dtype, Arrays.toString(shape), data.byteSize()));
    }
  }

  /**
   * A tensor of zeros in native memory that lives as long as it is reachable, aligned to 64 bytes.
   */
  public static Tensor zeros(DType dtype, long... shape) {
    return new Tensor(dtype, shape, Arena.ofAuto().allocate(bytes(dtype, shape), ALIGNMENT));
  }

  /** An F64 tensor of these elements in row-major order. */
  public static Tensor of(double[] values, long... shape) {
    Tensor t = zeros(DType.F64, shape);
    MemorySegment.copy(values, 0, t.data, DOUBLE, 0, values.length);
    return t;
  }

  /** An F32 tensor of these elements in row-major order. */
  public static Tensor of(float[] values, long... shape) {
    Tensor t = zeros(DType.F32, shape);
    MemorySegment.copy(values, 0, t.data, FLOAT, 0, values.length);
    return t;
  }

  /** An I32 tensor of these elements in row-major order. */
  public static Tensor of(int[] values, long... shape) {
    Tensor t = zeros(DType.I32, shape);
    MemorySegment.copy(values, 0, t.data, INT, 0, values.length);
    return t;
  }

  /** Number of elements. */
  public long size() {
    return elements(shape);
  }

  /** Size of dimension {@code i}. */
  public long dim(int i) {
    return shape[i];
  }

  /** Element {@code i} in row-major order. I64 values beyond 2^53 are rounded. */
  public double get(long i) {
    return switch (dtype) {
      case F16 -> Float.float16ToFloat(data.get(SHORT, 2 * i));
      case BF16 -> Float.intBitsToFloat(data.get(SHORT, 2 * i) << 16);
      case F32 -> data.get(FLOAT, 4 * i);
      case F64 -> data.get(DOUBLE, 8 * i);
      case I32 -> data.get(INT, 4 * i);
      case I64 -> data.get(LONG, 8 * i);
    };
  }

  /** Sets element {@code i} of an F32, F64, I32 or I64 tensor, rounded to its type. */
  public void set(long i, double value) {
    switch (dtype) {
      case F32 -> data.set(FLOAT, 4 * i, (float) value);
      case F64 -> data.set(DOUBLE, 8 * i, value);
      case I32 -> data.set(INT, 4 * i, (int) value);
      case I64 -> data.set(LONG, 8 * i, (long) value);
      default ->
          throw new UnsupportedOperationException("tensors of type " + dtype + " are only read");
    }
  }

  /**
   * Rows {@code from} (inclusive) to {@code to} (exclusive) of the outermost dimension, sharing
   * memory.
   */
  public Tensor rows(long from, long to) {
    long row = data.byteSize() / shape[0];
    long[] s = shape.clone();
    s[0] = to - from;
    return new Tensor(dtype, s, data.asSlice(from * row, s[0] * row));
  }

  /** The given rows of the outermost dimension in that order, copied. */
  public Tensor select(int... rows) {
    long[] s = shape.clone();
    s[0] = rows.length;
    Tensor t = zeros(dtype, s);
    for (int r = 0; r < rows.length; r++) {
      t.rows(r, r + 1).data.copyFrom(rows(rows[r], rows[r] + 1).data);
    }
    return t;
  }

  /** This tensor if it has the type already, else a converted copy. */
  public Tensor as(DType target) {
    if (dtype == target) {
      return this;
    }
    Tensor t = zeros(target, shape);
    for (long i = 0, n = size(); i < n; i++) {
      t.set(i, get(i));
    }
    return t;
  }

  /** A [rows, columns] matrix as [columns, rows], copied. */
  public Tensor transposed() {
    long rows = shape[0];
    long columns = shape[1];
    Tensor t = zeros(dtype, columns, rows);
    for (long r = 0; r < rows; r++) {
      for (long c = 0; c < columns; c++) {
        t.set(c * rows + r, get(r * columns + c));
      }
    }
    return t;
  }

  /** All elements in row-major order, each as {@link #get} gives it. */
  public double[] toDoubles() {
    double[] a = new double[Math.toIntExact(size())];
    for (int i = 0; i < a.length; i++) {
      a[i] = get(i);
    }
    return a;
  }

  /** All elements in row-major order, each as {@link #get} gives it, cut to int. */
  public int[] toInts() {
    int[] a = new int[Math.toIntExact(size())];
    for (int i = 0; i < a.length; i++) {
      a[i] = (int) get(i);
    }
    return a;
  }

  /** Same type, shape and bytes. */
  public boolean sameBits(Tensor other) {
    return dtype == other.dtype
        && Arrays.equals(shape, other.shape)
        && data.mismatch(other.data) == -1;
  }

  /**
   * Bytes that a tensor takes.
   *
   * @throws ArithmeticException if these, or a stride, do not fit into a long
   */
  public static long bytes(DType dtype, long... shape) {
    return Math.multiplyExact(elements(shape), dtype.bytes());
  }

  /** The product of the sizes. Those that are not 0 must have one too: strides are made of it. */
  static long elements(long[] shape) {
    long product = 1;
    boolean empty = false;
    for (long size : shape) {
      empty |= size == 0;
      product = size == 0 ? product : Math.multiplyExact(product, size);
    }
    return empty ? 0 : product;
  }

  /** A SHA-256 begun with the bytes of tensors, one after the other, each in its own type. */
  public static MessageDigest sha256(Tensor... tensors) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    for (Tensor tensor : tensors) {
      long size = tensor.data.byteSize();
      for (long at = 0; at < size; at += DIGESTED_AT_ONCE) {
        long bytes = Math.min(DIGESTED_AT_ONCE, size - at);
        digest.update(tensor.data.asSlice(at, bytes).asByteBuffer());
      }
    }
    return digest;
  }
}
