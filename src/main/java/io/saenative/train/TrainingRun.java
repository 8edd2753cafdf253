package io.saenative.train;

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
public record TrainingRun(SaeConfig sae, Optimizer optimizer, int epochs, long seed) {}
