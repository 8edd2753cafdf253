package io.saenative.sae;

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

  /** A session with zero parameters and no data. Its memory is freed by {@link Session#close}. */
  Session open(SaeConfig config, Optimizer optimizer);
}
