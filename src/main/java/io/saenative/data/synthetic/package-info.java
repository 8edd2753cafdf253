/**
 * The built-in data set: made activations of the Large K experiment's shape, about generated chains
 * of thought, whose truth is known. The model, its calibration and its limits:
 * docs/synthetic-data.md.
 */
package io.saenative.data.synthetic;
