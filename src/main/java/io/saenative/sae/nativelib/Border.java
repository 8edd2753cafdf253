package io.saenative.sae.nativelib;

import io.saenative.UserError;
import io.saenative.sae.ffi.SaeNative;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.Arrays;

/**
 * What every call of the border needs: tensors made fit to be passed as bare pointers, of the shape
 * the call expects and the type it reads, native and aligned; and the status that it returns, as an
 * exception.
 */
final class Border {
  private Border() {}

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

  /**
   * Returns if {@code status} is {@code SAE_OK}. Must follow the call on the same thread, where its
   * error text is kept.
   *
   * @param call the C function that returned the status
   * @throws UserError if the backend cannot run, memory is short, training met NaN or infinity, or
   *     the device failed
   * @throws IllegalArgumentException if an argument was out of range
   * @throws IllegalStateException if the library has a defect
   */
  static void check(int status, String call) {
    if (status == SaeNative.SAE_OK()) {
      return;
    }
    String text = SaeNative.sae_last_error().getString(0);
    if (status == SaeNative.SAE_ERR_INVALID()) {
      throw new IllegalArgumentException(call + ": " + text);
    }
    if (status == SaeNative.SAE_ERR_UNAVAILABLE()
        || status == SaeNative.SAE_ERR_MEMORY()
        || status == SaeNative.SAE_ERR_NUMERIC()
        || status == SaeNative.SAE_ERR_DEVICE()) {
      throw new UserError(text);
    }
    throw new IllegalStateException(call + " failed with status " + status + ": " + text);
  }
}
