package io.saenative;

import java.util.Objects;

/**
 * Something the user can mend: a bad file, option or environment. The message is one line that says
 * what is wrong, where, and what to do; the command line prints it without a stack trace and exits
 * with 1.
 */
public class UserError extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UserError(String message) {
    super(message);
  }

  public UserError(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
