package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InterruptionTest {

  /** Real signals to this very process. */
  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalAsksForAStop(String signal) throws Exception {
    Flushes err = new Flushes();
    try (Interruption interruption = new Interruption(new PrintWriter(err))) {
      assertFalse(interruption.getAsBoolean());
      send(signal);
      assertTrue(err.flushed.await(20, TimeUnit.SECONDS), "the signal did not arrive");
      assertTrue(interruption.getAsBoolean());
    }
    assertEquals(1, err.text.toString().lines().count());
  }

  private static void send(String signal) throws Exception {
    String pid = String.valueOf(ProcessHandle.current().pid());
    assertEquals(0, new ProcessBuilder("kill", "-" + signal, pid).start().waitFor());
  }

  /** Collects text and tells when it is flushed. */
  private static final class Flushes extends Writer {
    private final StringBuffer text = new StringBuffer();
    private final CountDownLatch flushed = new CountDownLatch(1);

    @Override
    public void write(char[] buffer, int from, int length) {
      text.append(buffer, from, length);
    }

    @Override
    public void flush() {
      flushed.countDown();
    }

    @Override
    public void close() {}
  }
}
