package io.saenative.format;

import io.saenative.format.TorchUnpickler.Refusal;
import io.saenative.tensor.Allocation;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.tensor.TensorView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * numpy's arrays and scalars inside a pickle: first an empty object is made, then its state is set.
 * Numeric arrays become Tensors, one-dimensional arrays of strings or objects become Lists, scalars
 * become Boolean, Long, Double or String.
 */
final class NumpyObjects {
  /** The class numpy.ndarray as an argument. */
  static final Object NDARRAY = new Object();

  private static final Map<String, DType> NUMBERS =
      Map.of("f2", DType.F16, "f4", DType.F32, "f8", DType.F64, "i4", DType.I32, "i8", DType.I64);

  private NumpyObjects() {}

  /** A numpy.dtype; its byte order arrives with its state. */
  record PickledDType(String code) {
    /** (version, byte order, …). */
    void setState(List<?> state) {
      if (">".equals(state.get(1))) {
        throw new Refusal(
            "holds a big-endian numpy array: convert it with .astype('<%s')"
                .formatted(MappedFile.printable(code)));
      }
    }

    /** Element type of a tensor; empty where it is not a number. */
    private Optional<DType> number() {
      return Optional.ofNullable(NUMBERS.get(code));
    }

    private boolean isText() {
      return code.matches("U\\d{1,7}");
    }

    /** Strings of a fixed width, filled up with NUL. */
    private String text(byte[] bytes, int index) {
      int width = 4 * Integer.parseInt(code.substring(1));
      return new String(bytes, index * width, width, StandardCharsets.UTF_32LE)
          .replaceAll("\0+$", "");
    }

    private Refusal unsupported() {
      return new Refusal(
          "holds numpy values of type %s, which are not read: convert them to float32, int64 or str"
              .formatted(MappedFile.printable(code)));
    }
  }

  /** numpy.dtype(code, align, copy). */
  static Object dtype(List<?> args) {
    return new PickledDType((String) args.get(0));
  }

  /** _reconstruct(ndarray, (0,), b'b'). */
  static Object emptyArray(List<?> args) {
    if (args.get(0) != NDARRAY) {
      throw new Refusal("holds a subclass of numpy.ndarray: convert it with numpy.asarray");
    }
    return new ArrayUnderConstruction();
  }

  /** scalar(dtype, bytes). */
  static Object scalar(List<?> args) {
    PickledDType dtype = (PickledDType) args.get(0);
    byte[] bytes = (byte[]) args.get(1);
    if (dtype.code.equals("b1")) {
      return bytes[0] != 0;
    }
    if (dtype.isText()) {
      return dtype.text(bytes, 0);
    }
    DType number = dtype.number().orElseThrow(dtype::unsupported);
    Tensor value = new Tensor(number, new long[0], MemorySegment.ofArray(bytes));
    return switch (number) {
      case I64 -> value.data().get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
      case I32 -> (long) value.get(0);
      default -> value.get(0);
    };
  }

  /**
   * An array between its creation and the arrival of its state; it may have been stored for later
   * use in between.
   */
  static final class ArrayUnderConstruction {
    private @Nullable Object result;

    /** The finished array once there is one. */
    Object resultOrSelf() {
      return result == null ? this : result;
    }

    /** (version, shape, dtype, whether in Fortran order, bytes or a list of objects). */
    Object build(List<?> state) {
      long[] shape = TorchUnpickler.integers(state.get(1));
      PickledDType dtype = (PickledDType) state.get(2);
      Optional<DType> number = dtype.number();
      if (number.isPresent()) {
        result =
            numbers(number.get(), shape, Boolean.TRUE.equals(state.get(3)), (byte[]) state.get(4));
      } else if (shape.length != 1) {
        throw dtype.unsupported();
      } else if (dtype.isText()) {
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < shape[0]; i++) {
          strings.add(dtype.text((byte[]) state.get(4), i));
        }
        result = strings;
      } else if (dtype.code.startsWith("O")
          && state.get(4) instanceof List<?> objects
          && objects.size() == shape[0]) {
        result = objects;
      } else {
        throw dtype.unsupported();
      }
      return result;
    }

    private static Tensor numbers(DType dtype, long[] shape, boolean fortran, byte[] bytes) {
      String what = "a numpy array in the file";
      Tensor onHeap = new Tensor(dtype, shape, MemorySegment.ofArray(bytes));
      Tensor t = Allocation.zeros(what, dtype, shape);
      t.data().copyFrom(TensorView.of(onHeap, fortran).dense(what).data());
      return t;
    }
  }
}
