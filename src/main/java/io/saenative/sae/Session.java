package io.saenative.sae;

import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.OptionalDouble;

/**
 * A model, its optimiser state and its scratch on one engine. Not thread-safe. The methods are the
 * calls of {@code native/include/sae_native.h}, which states their mathematics; shapes are those of
 * the session's {@link io.saenative.sae.SaeConfig}. Tensors of another float type than {@link
 * #dtype} are converted.
 */
public interface Session extends AutoCloseable {
  enum State {
    PARAMETERS,
    ADAM_M,
    ADAM_V,
    GRADIENTS
  }

  enum Split {
    TRAIN,
    VALIDATION
  }

  /** Type of the parameters and of all results: F32, or F64 for the reference. */
  DType dtype();

  void setState(State state, Parameters tensors);

  /** A copy. */
  Parameters state(State state);

  /** Number of Adam updates done. */
  void setStep(long step);

  long step();

  /**
   * The rows that {@link #trainEpoch} or {@link #evaluate} passes over.
   *
   * @param data loaded by this session's engine, as wide as its d_in
   */
  void setData(Split split, Dataset data);

  /**
   * One pass over the training rows {@code order}, in batches of batchSize, the last one possibly
   * smaller.
   *
   * @return each batch's loss before its update
   */
  double[] trainEpoch(int[] order);

  Evaluation evaluate(Split split);

  /** z [rows, d_sae]: the selection alone. */
  Codes selectTopK(Tensor z);

  /** The codes of x [rows, d_in]. */
  Codes encodeTopK(Tensor x);

  /**
   * The codes of some rows of a data set, as {@link #encodeTopK(Tensor)} gives them, where the rows
   * lie.
   *
   * @param data loaded by this session's engine, as wide as its d_in
   * @param first of the rows, from 0
   * @param rows how many; first + rows is at most those of the data set
   */
  Codes encodeTopK(Dataset data, int first, int rows);

  /** x̂ [rows, d_in]. */
  Tensor decodeSparse(Codes codes);

  /**
   * Loss of one batch, x [1..batchSize, d_in], and its gradient into {@link State#GRADIENTS}; no
   * update.
   *
   * @return mean squared error over all elements
   */
  double gradients(Tensor x);

  /** One Adam update from {@link State#GRADIENTS}. */
  void adamUpdate();

  /**
   * Seconds that the kernels of the last training, evaluation or kernel call took by the device's
   * own clock, copies between host and device left out; empty where the engine has no such clock.
   */
  default OptionalDouble deviceSeconds() {
    return OptionalDouble.empty();
  }

  @Override
  void close();
}
