package io.saenative.cli;

import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import org.jline.utils.Signals;

/**
 * Ctrl-C (SIGINT) and SIGTERM as a request to stop at the next epoch boundary, for as long as this
 * is open. A second SIGINT ends the process at once; a SIGTERM never does, because a parent process
 * may forward one for the very same Ctrl-C.
 */
final class Interruption implements BooleanSupplier, AutoCloseable {
  private final PrintWriter err;
  private final Object earlierInt;
  private final Object earlierTerm;
  private volatile boolean requested;
  private boolean interrupted;

  Interruption(PrintWriter err) {
    this.err = err;
    earlierInt = Signals.register("INT", this::interrupt);
    earlierTerm = Signals.register("TERM", this::request);
  }

  /** Whether a stop was asked for. */
  @Override
  public boolean getAsBoolean() {
    return requested;
  }

  @Override
  public void close() {
    Signals.unregister("INT", earlierInt);
    Signals.unregister("TERM", earlierTerm);
  }

  private synchronized void interrupt() {
    if (interrupted) {
      System.exit(
          Task.INTERRUPTED); // does not wait for the epoch, but removes the extracted library
    }
    interrupted = true;
    request();
  }

  private synchronized void request() {
    if (!requested) {
      requested = true;
      if (Console.onTerminal()) {
        err.println(); // the bar and the terminal's own ^C stand on this line
      }
      err.println("sae-native: finishing this epoch, then saving; Ctrl-C again to quit at once");
      err.flush();
    }
  }
}
