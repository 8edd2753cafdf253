package io.saenative.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLockTest {
  private static final int PROCESSES = 4;
  private static final int ADDITIONS = 50;

  @TempDir private Path folder;

  @Test
  void noProcessLosesWhatAnotherAdds() throws IOException, InterruptedException {
    Path counter = Files.writeString(folder.resolve("counter"), "0");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      processes.add(
          new ProcessBuilder(
                  java,
                  "-cp",
                  System.getProperty("java.class.path"),
                  FileLockTest.class.getName(),
                  counter.toString())
              .inheritIO()
              .start());
    }
    for (Process process : processes) {
      assertEquals(0, process.waitFor());
    }
    assertEquals(PROCESSES * ADDITIONS, Integer.parseInt(Files.readString(counter)));
  }

  /** Adds to the number in the file named by the only argument. */
  public static void main(String[] args) {
    Path counter = Path.of(args[0]);
    for (int i = 0; i < ADDITIONS; i++) {
      AtomicFile.holding(counter, () -> addOne(counter));
    }
  }

  private static void addOne(Path counter) {
    try {
      int number = Integer.parseInt(Files.readString(counter));
      AtomicFile.write(counter, out -> out.write(Integer.toString(number + 1).getBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
