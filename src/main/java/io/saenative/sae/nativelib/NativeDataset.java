package io.saenative.sae.nativelib;

import static io.saenative.sae.nativelib.Border.check;

import io.saenative.sae.Dataset;
import io.saenative.sae.ffi.SaeNative;
import io.saenative.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A data set of a native backend, behind a handle of the border. */
final class NativeDataset implements Dataset {
  /** The cpu backend borrows these: whoever has this data set must keep it reachable. */
  private final Tensor x;

  private @Nullable MemorySegment handle;

  NativeDataset(String backend, int threads, Tensor x) {
    if (x.shape().length != 2) {
      throw new IllegalArgumentException(
          "x must be [rows, d_in], not " + Arrays.toString(x.shape()));
    }
    this.x = Border.floats("x", x, x.shape());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
      check(
          SaeNative.sae_data_create(
              arena.allocateFrom(backend), this.x.data(), rows(), dIn(), threads, out),
          "sae_data_create");
      handle = out.get(ValueLayout.ADDRESS, 0);
    }
  }

  /** What the border takes; {@code data} must stay reachable until the call is over. */
  static MemorySegment handleOf(Dataset data) {
    if (!(data instanceof NativeDataset d)) {
      throw new IllegalArgumentException("the data set was loaded by another engine");
    }
    if (d.handle == null) {
      throw new IllegalStateException("the data set is closed");
    }
    return d.handle;
  }

  @Override
  public int rows() {
    return Math.toIntExact(x.dim(0));
  }

  @Override
  public int dIn() {
    return Math.toIntExact(x.dim(1));
  }

  @Override
  public void close() {
    if (handle != null) {
      SaeNative.sae_data_destroy(handle);
      handle = null;
    }
  }
}
