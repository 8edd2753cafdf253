package io.saenative.analysis.sound;

import io.saenative.analysis.latents.SignedLatent.Sign;

/**
 * How a latent, or one sign of it, and a concept go together.
 *
 * @param sign positive or negative if the latent is split by sign
 * @param table the rows counted, and with them precision, recall, lift and odds ratio
 * @param p one-sided, Fisher's exact
 * @param q p adjusted by Benjamini and Hochberg over all tests of the run
 * @param specialised whether the latent (with this sign) is specialised for this concept
 */
public record Association(
    Sign sign, Concept concept, ContingencyTable table, double p, double q, boolean specialised) {}
