package io.saenative.cli.packaged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar on a Java that is too old for it. */
class OlderJavaIT {
  @TempDir private Path folder;

  private Path java;

  /** The {@code java} of an installation before 25, or null. */
  static Path olderJava() throws IOException {
    Pattern version = Pattern.compile("JAVA_VERSION=\"(?:1\\.)?(\\d+)");
    Path installations = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(installations)) {
      return null;
    }
    try (Stream<Path> homes = Files.list(installations)) {
      for (Path home : homes.toList()) {
        Path release = home.resolve("release");
        Matcher m = version.matcher(Files.isRegularFile(release) ? Files.readString(release) : "");
        if (m.find() && Integer.parseInt(m.group(1)) < 25) {
          return home.resolve("bin/java");
        }
      }
    }
    return null;
  }

  @BeforeEach
  void find() throws IOException {
    java = olderJava();
    assumeTrue(java != null, "no Java before 25 is in /usr/lib/jvm");
  }

  @Test
  void startsAgainOnANewerOne() throws Exception {
    PackagedJar.Result result = new PackagedJar(java, folder).run("doctor");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().matches("(?s)java +(2[5-9]|[3-9]\\d).*"), result.out());
    assertEquals("", result.err());
    assertEquals(
        2, new PackagedJar(java, folder).run("--k", "0").code(), "the exit code comes through");
  }

  @Test
  void takesTheOneThatIsNamedAndPassesEverythingOn() throws Exception {
    Path home = Files.createDirectories(folder.resolve("java home"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"99.0.1\"\n");
    Path command = Files.createDirectory(home.resolve("bin")).resolve("java");
    Files.writeString(command, "#!/bin/sh\nfor a in \"$@\"; do echo \"$a\"; done\nexit 7\n");
    assertTrue(command.toFile().setExecutable(true));
    ProcessBuilder builder =
        new ProcessBuilder(
            java.toString(), "-Dx=y", "-jar", PackagedJar.JAR.toString(), "--k", "a b");
    builder.environment().put("SAE_JAVA_HOME", home.toString());
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes());
    assertEquals("-Dx=y\n-Dsae.restarted=true\n-jar\n" + PackagedJar.JAR + "\n--k\na b\n", out);
    assertEquals(7, process.waitFor());
  }

  @Test
  void saysInOneLineWhatToInstall() throws Exception {
    // The mark of the second process keeps it from finding the newer Java that is on this machine.
    Process process =
        new ProcessBuilder(
                java.toString(), "-Dsae.restarted=true", "-jar", PackagedJar.JAR.toString())
            .start();
    String err = new String(process.getErrorStream().readAllBytes());
    assertEquals(1, process.waitFor());
    assertEquals(1, err.lines().count(), err);
    assertTrue(
        err.startsWith("sae-native: needs Java 25 or newer") && err.contains("apt-get install"),
        err);
  }
}
