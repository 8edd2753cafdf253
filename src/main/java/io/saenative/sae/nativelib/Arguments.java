package io.saenative.sae.nativelib;

import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.Arrays;

/**
 * Makes tensors fit to be passed as bare pointers: the shape the call expects, the type it reads,
 * native and aligned.
 */
final class Arguments {
  private Arguments() {}

  /** [any number of rows, {@code columns}] as F32. */
  static Tensor rows(String name, Tensor x, int columns) {
    if (x.shape().length != 2) {
      throw new IllegalArgumentException(
          name + " must be [rows, " + columns + "], not " + Arrays.toString(x.shape()));
    }
    return floats(name, x, x.dim(0), columns);
  }

  static Tensor floats(String name, Tensor t, long... shape) {
    return array(name, t, DType.F32, shape);
  }

  static Tensor ints(String name, Tensor t, long... shape) {
    return array(name, t, DType.I32, shape);
  }

  /** {@code t} itself if native code can read it in place, else a copy. */
  private static Tensor array(String name, Tensor t, DType dtype, long... shape) {
    if (!Arrays.equals(t.shape(), shape)) {
      throw new IllegalArgumentException(
          name + " must be " + Arrays.toString(shape) + ", not " + Arrays.toString(t.shape()));
    }
    Tensor typed = t.as(dtype);
    if (typed.data().isNative() && typed.data().address() % dtype.bytes() == 0) {
      return typed;
    }
    Tensor copy = Tensor.zeros(dtype, shape);
    copy.data().copyFrom(typed.data());
    return copy;
  }
}
