package io.saenative.train;

import io.saenative.UserError;
import io.saenative.sae.Optimizer;
import io.saenative.sae.SaeConfig;

/**
 * One training, as a pure function of its data: the same run on the same backend gives the same
 * bits.
 *
 * @param sae shape of the model
 * @param optimizer Adam and its batch size
 * @param epochs passes over the training rows
 * @param seed of the initial parameters and of every epoch's row order
 */
public record TrainingRun(SaeConfig sae, Optimizer optimizer, int epochs, long seed) {
  private static final double GB = 1e9;

  /**
   * Refuses a training that memory cannot hold.
   *
   * @param available bytes
   * @throws UserError saying how much is needed and how much there is
   */
  public void requireMemory(long available) {
    if (memoryNeeded() > available) {
      throw new UserError(
          "not enough memory: training %d latents on %d inputs in batches of %d needs at least %.1f GB and %.1f GB are available: choose a smaller --latent-dim or --batch-size"
              .formatted(
                  sae.dSae(),
                  sae.dIn(),
                  optimizer.batchSize(),
                  memoryNeeded() / GB,
                  available / GB));
    }
  }

  /**
   * Lower bound in bytes at four bytes a number: parameters, gradients and two moments in the
   * session; parameters and moments again for a checkpoint, with the decoder once more for its
   * transpose; pre-activations, input and residual of one batch.
   */
  long memoryNeeded() {
    long matrix = (long) sae.dSae() * sae.dIn();
    long parameters = 2 * matrix + sae.dSae() + sae.dIn();
    long batch = (long) optimizer.batchSize() * (sae.dSae() + 2L * sae.dIn());
    return 4 * (7 * parameters + matrix + batch);
  }
}
