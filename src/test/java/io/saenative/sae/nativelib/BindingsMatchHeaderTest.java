package io.saenative.sae.nativelib;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed bindings are those of the committed header. */
class BindingsMatchHeaderTest {
  private static final Path HEADER = Path.of("native/include/sae_native.h");
  private static final Path BINDINGS = Path.of("src/main/java/io/saenative/sae/ffi");

  @Test
  void theHeaderIsTheOneTheBindingsWereMadeFrom() throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(HEADER));
    assertEquals(
        Files.readString(BINDINGS.resolve("HEADER.sha256")).strip(),
        HexFormat.of().formatHex(digest),
        HEADER + " has changed: run native/bindings/generate.sh and commit the bindings");
  }

  @Test
  void jextractMakesTheSameBindingsAgain(@TempDir Path folder) throws Exception {
    assumeTrue(jextractIsHere(), "jextract is neither in JEXTRACT nor on the PATH");
    Process script =
        new ProcessBuilder("native/bindings/generate.sh", folder.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(script.getInputStream().readAllBytes());
    assertEquals(0, script.waitFor(), output);
    assertEquals(sources(BINDINGS), sources(folder.resolve("io/saenative/sae/ffi")));
  }

  private static boolean jextractIsHere() {
    return System.getenv("JEXTRACT") != null
        || Arrays.stream(System.getenv("PATH").split(":"))
            .anyMatch(f -> Files.isExecutable(Path.of(f, "jextract")));
  }

  private static Map<String, String> sources(Path folder) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        texts.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return texts;
  }
}
