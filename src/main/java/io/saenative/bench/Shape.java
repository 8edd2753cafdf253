package io.saenative.bench;

import io.saenative.sae.SaeConfig;

/**
 * What is timed.
 *
 * @param batchSize rows of a training step and of each kernel call
 * @param trainRows rows of an epoch
 * @param validationRows rows of an evaluation
 */
public record Shape(SaeConfig sae, int batchSize, int trainRows, int validationRows) {
  int steps() {
    return Math.ceilDiv(trainRows, batchSize);
  }
}
