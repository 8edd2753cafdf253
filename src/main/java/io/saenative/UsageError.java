package io.saenative;

/**
 * A command that asks for what it should not; its message is one line: what, where, what to do. The
 * program ends with exit code 2, as it does for an unknown option.
 */
public final class UsageError extends UserError {
  private static final long serialVersionUID = 1;

  public UsageError(String message) {
    super(message);
  }
}
