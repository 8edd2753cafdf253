package io.saenative.sae.reference;

import io.saenative.sae.Dataset;
import io.saenative.tensor.Tensor;
import java.util.Arrays;

/** Rows where they lie. */
final class ReferenceDataset implements Dataset {
  private final Tensor x;
  private boolean closed;

  ReferenceDataset(Tensor x) {
    if (x.shape().length != 2 || x.dim(0) < 1 || x.dim(1) < 1) {
      throw new IllegalArgumentException(
          "a data set is [rows, d_in], not " + Arrays.toString(x.shape()));
    }
    Math.toIntExact(x.dim(0));
    this.x = x;
  }

  /** The rows of a data set that a session of the given width may take, [rows, dIn]. */
  static Tensor rowsOf(Dataset data, int dIn) {
    if (!(data instanceof ReferenceDataset d)) {
      throw new IllegalArgumentException("the data set was loaded by another engine");
    }
    if (d.closed) {
      throw new IllegalStateException("the data set is closed");
    }
    if (d.dIn() != dIn) {
      throw new IllegalArgumentException(
          "the rows of the data set are " + d.dIn() + " wide and the session takes " + dIn);
    }
    return d.x;
  }

  @Override
  public int rows() {
    return (int) x.dim(0);
  }

  @Override
  public int dIn() {
    return Math.toIntExact(x.dim(1));
  }

  @Override
  public void close() {
    closed = true;
  }
}
