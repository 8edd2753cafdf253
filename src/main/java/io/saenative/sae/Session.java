package io.saenative.sae;

import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.OptionalDouble;

/**
 * A model, its optimiser state and its scratch on one engine. Not thread-safe. The methods are the
 * calls of {@code native/include/sae_native.h}, which states their mathematics; shapes are those of
 * the session's {@link SaeConfig}. Tensors of another float type than {@link #dtype} are converted.
 */
public interface Session extends AutoCloseable {
  enum State {
    PARAMETERS,
    ADAM_M,
    ADAM_V,
    /** Written by {@link #gradients}, read by {@link #adamUpdate}. */
    GRADIENTS
  }

  enum Split {
    TRAIN,
    VALIDATION
  }

  /**
   * The selected latents of some rows.
   *
   * @param indices I32 [rows, k], ascending in each row
   * @param values [rows, k], signed; a selected latent whose value is 0 is not active
   */
  record Codes(Tensor indices, Tensor values) {}

  /** Type of the parameters and of all results: F32, or F64 for the reference. */
  DType dtype();

  /** Copies four tensors of the model's shapes into the session. */
  void setState(State state, Parameters tensors);

  /** A copy of the session's four tensors, of type {@link #dtype}. */
  Parameters state(State state);

  /**
   * Sets the number of Adam updates done, the t of the bias corrections.
   *
   * @throws IllegalArgumentException if it is negative
   */
  void setStep(long step);

  /** Number of Adam updates done, 0 in a new session. */
  long step();

  /**
   * Gives the session the rows that {@link #trainEpoch} or {@link #evaluate} passes over, until it
   * gets others or is closed.
   *
   * @param data loaded by this session's engine, as wide as its d_in
   * @throws IllegalArgumentException if it is not
   * @throws IllegalStateException if it is closed
   */
  void setData(Split split, Dataset data);

  /**
   * Trains on the training rows {@code order}, in batches of batchSize, the last one possibly
   * smaller.
   *
   * @return each batch's loss before its update
   * @throws io.saenative.UserError if a loss is not finite; the parameters are then those before it
   */
  double[] trainEpoch(int[] order);

  /** What the model makes of one split, in one pass over its rows. */
  Evaluation evaluate(Split split);

  /** The k selected latents of each row of pre-activations z [rows, d_sae]. */
  Codes selectTopK(Tensor z);

  /** The k selected latents of each row of x [rows, d_in]: encoder and selection. */
  Codes encodeTopK(Tensor x);

  /**
   * What {@link #encodeTopK(Tensor)} gives for some rows of a data set, which are not sent again.
   *
   * @param data loaded by this session's engine, as wide as its d_in
   * @param first of the rows, from 0
   * @param rows how many; first + rows is at most those of the data set
   */
  Codes encodeTopK(Dataset data, int first, int rows);

  /** The reconstruction x̂ [rows, d_in] from codes: b_dec + Σ value · W_dec[index]. */
  Tensor decodeSparse(Codes codes);

  /**
   * Loss of one batch, x [1..batchSize, d_in], and its gradient into {@link State#GRADIENTS}; no
   * update.
   *
   * @return mean squared error over all elements
   */
  double gradients(Tensor x);

  /**
   * One Adam update of all parameters from {@link State#GRADIENTS}; the step count rises by one.
   */
  void adamUpdate();

  /**
   * Seconds that the kernels of the last training, evaluation or kernel call took by the device's
   * own clock, copies between host and device left out; empty where the engine has no such clock.
   */
  default OptionalDouble deviceSeconds() {
    return OptionalDouble.empty();
  }

  /** Frees the session's memory. */
  @Override
  void close();
}
