package io.saenative.data;

import io.saenative.UserError;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.Locale;

/** One factor by which all activations are multiplied before the SAE sees them. */
public enum InputScaling {
  /** The factor is 1: the experiment's own. */
  NONE,
  /** √d_in / mean ‖x‖ over the training rows: an entry's typical size is 1 whatever the layer. */
  UNIT_NORM;

  /** As it is typed. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The factor that belongs to these training rows. */
  public double factor(Activations train) {
    if (this == NONE) {
      return 1;
    }
    Tensor x = train.x();
    double norms = 0;
    for (long row = 0; row < train.rows(); row++) {
      double squares = 0;
      for (long i = row * train.dIn(), end = i + train.dIn(); i < end; i++) {
        squares += x.get(i) * x.get(i);
      }
      norms += Math.sqrt(squares);
    }
    if (norms == 0) {
      throw new UserError(
          train.source().description()
              + " holds nothing but zeros: --input-scale has nothing to scale");
    }
    return Math.sqrt(train.dIn()) / (norms / train.rows());
  }

  /**
   * {@code activations} with every entry multiplied by {@code factor} and rounded to F32;
   * themselves if it is 1.
   */
  public static Activations scaled(Activations activations, double factor) {
    if (factor == 1) {
      return activations;
    }
    Tensor x = activations.x();
    Tensor scaled = Tensor.zeros(DType.F32, x.shape());
    for (long i = 0, n = x.size(); i < n; i++) {
      scaled.set(i, x.get(i) * factor);
    }
    return new Activations(scaled, activations.labels(), activations.source(), activations.site());
  }
}
