package io.saenative.sae;

/**
 * The constants of Adam in torch's form, and the batch it works on.
 *
 * @param lr learning rate
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param eps added to the root of the second moment
 * @param batchSize rows of a full step; the last batch of an epoch may be smaller
 */
public record Optimizer(double lr, double beta1, double beta2, double eps, int batchSize) {
  /** torch.optim.Adam's defaults with the given learning rate. */
  public static Optimizer adam(double lr, int batchSize) {
    return new Optimizer(lr, 0.9, 0.999, 1e-8, batchSize);
  }
}
