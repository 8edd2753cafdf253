package io.saenative.sae;

import io.saenative.tensor.Tensor;

/**
 * The selected latents of some rows.
 *
 * @param indices I32 [rows, k], ascending in each row
 * @param values [rows, k], signed; a selected latent whose value is 0 is not active
 */
public record Codes(Tensor indices, Tensor values) {}
