package io.saenative.analysis;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Oracles and real data that are not part of the project. */
public final class Shared {
  private Shared() {}

  /**
   * A file below the folder of the property {@code sae.shared}; the test is skipped where it is
   * absent.
   */
  public static Path file(String name) {
    Path path = Path.of(System.getProperty("sae.shared", "../shared")).resolve(name);
    assumeTrue(
        Files.exists(path), "skipped: " + name + " is not in the folder that -Dsae.shared names");
    return path;
  }

  public static String text(String name) throws IOException {
    return Files.readString(file(name));
  }
}
