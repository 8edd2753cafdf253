package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("a signal reaches every handler of this process")
class InterruptionTest {

  /** Real signals to this very process. */
  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalAsksForAStop(String signal) throws Exception {
    assumeFalse(
        ignored(signal),
        "this process was started with the signal ignored, as shells start background jobs");
    Flushes err = new Flushes();
    try (Interruption interruption = new Interruption(new PrintWriter(err))) {
      assertFalse(interruption.getAsBoolean());
      send(signal);
      assertTrue(err.flushed.await(20, TimeUnit.SECONDS), "the signal did not arrive");
      assertTrue(interruption.getAsBoolean());
    }
    assertEquals(1, err.text.toString().lines().count());
  }

  /** Such a process is meant to survive the signal, and Java leaves it so. */
  private static boolean ignored(String signal) throws Exception {
    int bit = signal.equals("INT") ? 1 : 14;
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("SigIgn:"))
          .anyMatch(
              line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> bit & 1) == 1);
    }
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
