package io.saenative.analysis;

/** Which activations of a latent are meant. */
public enum Sign {
  BOTH,
  POSITIVE,
  NEGATIVE
}
