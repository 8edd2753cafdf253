package io.saenative.analysis.latents;

/** Which activations of a latent are meant. */
public enum Sign {
  BOTH,
  POSITIVE,
  NEGATIVE
}
