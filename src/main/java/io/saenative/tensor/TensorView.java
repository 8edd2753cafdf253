package io.saenative.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A strided window on a flat tensor, as torch and numpy store them: element (i, j, …) is {@code
 * storage[offset + i * stride[0] + j * stride[1] + …]}. Nothing is copied until asked for.
 *
 * @param storage one dimension
 * @param offset first element
 * @param shape sizes, outermost first
 * @param stride elements from one index to the next in each dimension; 0 repeats
 */
public record TensorView(Tensor storage, long offset, long[] shape, long[] stride) {
  public TensorView {
    if (shape.length != stride.length) {
      throw new IllegalArgumentException(shape.length + " sizes and " + stride.length + " strides");
    }
    boolean empty = Arrays.stream(shape).anyMatch(s -> s == 0);
    long last = offset;
    for (int d = 0; d < shape.length; d++) {
      if (shape[d] < 0 || stride[d] < 0 || offset < 0) {
        throw new IllegalArgumentException("negative size, stride or offset");
      }
      if (!empty) {
        last = Math.addExact(last, Math.multiplyExact(shape[d] - 1, stride[d]));
      }
    }
    if (offset < 0 || (!empty && last >= storage.size())) {
      throw new IllegalArgumentException(
          "shape %s reaches beyond its %s elements"
              .formatted(Arrays.toString(shape), storage.size()));
    }
  }

  /** All of a dense tensor. */
  public static TensorView of(Tensor t) {
    return of(t, false);
  }

  /** All of a tensor whose bytes lie in row-major order, or as Fortran has them, column-major. */
  public static TensorView of(Tensor t, boolean fortran) {
    long[] stride = new long[t.shape().length];
    long step = 1;
    for (int i = 0; i < stride.length; i++) {
      int d = fortran ? i : stride.length - 1 - i;
      stride[d] = step;
      step *= t.dim(d);
    }
    Tensor flat = new Tensor(t.dtype(), new long[] {t.size()}, t.data());
    return new TensorView(flat, 0, t.shape(), stride);
  }

  public DType dtype() {
    return storage.dtype();
  }

  /** Element (row, column) of a matrix. */
  public double get(long row, long column) {
    return storage.get(offset + row * stride[0] + column * stride[1]);
  }

  /** The same values dense in row-major order: shared where they lie so already, else copied. */
  public Tensor dense(String what) {
    if (isDense()) {
      return new Tensor(dtype(), shape, slice(offset, Tensor.elements(shape)));
    }
    Tensor t = Allocation.zeros(what, dtype(), shape);
    copy(0, offset, t, 0);
    return t;
  }

  /** Rows of a matrix by their numbers, copied as F32, rounded to nearest from F64. */
  public Tensor rows(String what, int[] rows) {
    long columns = shape[1];
    Tensor out = Allocation.zeros(what, DType.F32, rows.length, columns);
    boolean copyable = dtype() == DType.F32 && (stride[1] == 1 || columns == 1);
    for (int r = 0; r < rows.length; r++) {
      long first = offset + rows[r] * stride[0];
      if (copyable) {
        MemorySegment.copy(
            slice(first, columns), 0, out.data(), r * columns * Float.BYTES, columns * Float.BYTES);
      } else {
        for (long c = 0; c < columns; c++) {
          out.set(r * columns + c, storage.get(first + c * stride[1]));
        }
      }
    }
    return out;
  }

  /**
   * All rows of a matrix, as {@link #rows} copies them. If the copy would take more than {@code
   * limit} bytes and the rows are dense F32 already, they are left where they are: in the mapped
   * file, whose pages need no memory of their own.
   */
  public Tensor allRows(String what, long limit) {
    if (dtype() == DType.F32 && isDense() && Tensor.bytes(dtype(), shape) > limit) {
      return dense(what);
    }
    return rows(what, IntStream.range(0, Math.toIntExact(shape[0])).toArray());
  }

  private boolean isDense() {
    long step = 1;
    for (int d = shape.length - 1; d >= 0; d--) {
      if (shape[d] == 0) {
        return true;
      }
      if (shape[d] != 1 && stride[d] != step) {
        return false;
      }
      step = Math.multiplyExact(step, shape[d]);
    }
    return true;
  }

  private MemorySegment slice(long first, long count) {
    int bytes = dtype().bytes();
    return count == 0
        ? storage.data().asSlice(0, 0)
        : storage.data().asSlice(first * bytes, count * bytes);
  }

  /** Copies dimension {@code d} and those inside it; returns where the next element goes. */
  private long copy(int d, long from, Tensor t, long to) {
    if (d == shape.length) {
      int bytes = dtype().bytes();
      MemorySegment.copy(storage.data(), from * bytes, t.data(), to * bytes, bytes);
      return to + 1;
    }
    for (long i = 0; i < shape[d]; i++) {
      to = copy(d + 1, from + i * stride[d], t, to);
    }
    return to;
  }
}
