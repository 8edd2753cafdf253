package io.saenative.analysis.latents;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The arithmetic operations, in the order in which the experiment lists them. */
public enum Operation {
  ADDITION,
  SUBTRACTION,
  MULTIPLICATION,
  DIVISION;

  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
