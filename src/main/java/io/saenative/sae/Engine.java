package io.saenative.sae;

import io.saenative.tensor.Tensor;

/** One way of computing an SAE: the plain Java reference, or a native backend. */
public interface Engine {
  /**
   * {@code reference}, {@code cpu}, {@code cuda}, {@code simt}: what {@code --backend} calls it.
   */
  String name();

  /** One line on what it runs on, whatever the precision, such as {@code AVX-512, 2 cores}. */
  String describe();

  /**
   * How it multiplies dense matrices; FP32 for an engine that does so in its session's own type.
   */
  default Precision precision() {
    return Precision.FP32;
  }

  /**
   * Makes rows ready for this engine's sessions. Where they need not be converted or sent to a
   * device they are not copied, and must not change.
   *
   * @param x [rows, d_in] of any float type, at least one row
   * @throws io.saenative.UserError if there is no room for them
   */
  Dataset load(Tensor x);

  /** A session with zero parameters and no data. Its memory is freed by {@link Session#close}. */
  Session open(SaeConfig config, Optimizer optimizer);
}
