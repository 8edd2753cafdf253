package io.saenative.cli.packaged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the jar says, how it ends and what it leaves, without training. */
class CommandLineIT {
  @TempDir private Path folder;

  private PackagedJar jar;

  @BeforeEach
  void writeData() throws IOException {
    jar = PackagedJar.in(folder);
    jar.writeData();
    jar.write("narrow.safetensors", Tensor.of(new float[12], 2, 6));
    jar.write("nan.safetensors", Tensor.of(new float[] {1, 2, 3, 4, 5, 6, Float.NaN}, 1, 7));
    Files.writeString(folder.resolve("text.pt"), "not a torch file");
    Files.write(folder.resolve("empty.npy"), new byte[0]);
  }

  @Test
  void tellsItsVersion() throws Exception {
    PackagedJar.Result result = jar.run("--version");
    assertEquals(0, result.code());
    assertTrue(
        result
            .out()
            .matches(
                "sae-native \\d+\\.\\d+\\.\\d+\\S* \\((commit \\p{XDigit}{7,}(-dirty)?|unknown"
                    + " commit)\\)\n"),
        result.out());
    assertEquals("", result.err());
  }

  @Test
  void helps() throws Exception {
    PackagedJar.Result result = jar.run("--help");
    assertEquals(0, result.code());
    assertTrue(result.out().contains("--k 100 200 300"), result.out());
    assertEquals("", result.err());
  }

  @ParameterizedTest
  @CsvSource({"60", "80", "200"})
  void linesEndBetweenWordsWhereTheScreenDoes(int columns) throws Exception {
    for (List<String> arguments :
        List.of(List.of("doctor"), List.of("help", "run"), List.of("bench", "--help"))) {
      ProcessBuilder narrow = new ProcessBuilder(jar.command(arguments));
      narrow.environment().put("COLUMNS", String.valueOf(columns));
      String out = new String(narrow.start().getInputStream().readAllBytes());
      for (String line : out.lines().toList()) {
        assertTrue(
            line.length() <= columns || !line.substring(19).contains(" "), columns + ": " + line);
      }
    }
  }

  @Test
  void doctorFindsTheNativeLibraryInTheJar() throws Exception {
    PackagedJar.Result result = jar.run("doctor");
    assertEquals(0, result.code());
    assertTrue(
        result.out().matches("(?s).*native library +\\S+/libsae_native.so, ABI version \\d+\n.*"),
        result.out());
    assertTrue(result.out().matches("(?s).*backend cpu +(?!cannot).*"), result.out());
    assertEquals("", result.err(), "no warning of the JVM");
    Path library = Path.of(result.out().replaceAll("(?s).*native library +(\\S+),.*", "$1"));
    assertTrue(Files.notExists(library.getParent()), library + " is removed at exit");
  }

  @Test
  void figuresDoNotDependOnTheLanguage() throws Exception {
    ProcessBuilder german = new ProcessBuilder(jar.command(List.of("doctor")));
    german.environment().put("JDK_JAVA_OPTIONS", "-Duser.language=de -Duser.country=DE");
    String out =
        new String(
            german
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .getInputStream()
                .readAllBytes());
    assertTrue(out.matches("(?s).*memory +\\d+\\.\\d GB, .*"), out);
  }

  @ParameterizedTest
  @CsvSource({
    "--k 0",
    "--k 513",
    "--k three",
    "--epochs 2",
    "--k 3 --no-such-option",
    "no-such-command",
    "--k 3 --val-data x.pt"
  })
  void wrongUsageEndsWith2(String arguments) throws Exception {
    refused(2, "sae-native: ", arguments.split(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "--k 3 --train-data absent.pt --val-data val.safetensors, absent.pt",
    "--k 3 --train-data text.pt --val-data val.safetensors, text.pt",
    "--k 3 --train-data empty.npy --val-data val.safetensors, empty.npy",
    "--k 3 --train-data . --val-data val.safetensors, .",
    "--k 3 --train-data train.safetensors --val-data narrow.safetensors, narrow.safetensors is 6"
        + " wide",
    "--k 3 --train-data nan.safetensors --val-data val.safetensors, nan.safetensors",
    "--k 3 --train-data train.safetensors --val-data val.safetensors --latent-dim 2000000000, not"
        + " enough memory",
    "--k 3 --train-data train.safetensors --val-data val.safetensors --output-dir text.pt/x, cannot"
        + " write to text.pt/x",
  })
  void whatCannotBeDoneEndsWith1(String arguments, String reason) throws Exception {
    refused(1, reason, arguments.split(" "));
  }

  /**
   * One line on the error stream and perhaps what was meant, nothing on the other, and no file more
   * than before.
   */
  private void refused(int code, String reason, String... arguments) throws Exception {
    List<Path> before = files();
    PackagedJar.Result result = jar.run(arguments);
    assertEquals(code, result.code(), result.err());
    long lines =
        result
            .err()
            .lines()
            .filter(line -> !line.matches("(Possible solutions:|Did you mean:) .*"))
            .count();
    assertEquals(1, lines, result.err());
    assertTrue(
        result.err().startsWith("sae-native: ") && result.err().contains(reason), result.err());
    assertEquals("", result.out());
    assertEquals(before, files());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(f -> !f.endsWith("err.txt")).sorted().toList();
    }
  }

  /** The licences of the libraries ask to be named. */
  @Test
  void namesWhatItCarries() throws Exception {
    String pom = Files.readString(Path.of("pom.xml"));
    List<String> carried = new ArrayList<>();
    Matcher dependency =
        Pattern.compile(
                "<dependency>.*?<groupId>(.*?)</groupId>\\s*<artifactId>(.*?)</artifactId>.*?</dependency>",
                Pattern.DOTALL)
            .matcher(pom);
    while (dependency.find()) {
      if (!dependency.group().contains("<scope>test</scope>")) {
        carried.add(dependency.group(1) + ":" + dependency.group(2));
      }
    }
    try (JarFile file = new JarFile(PackagedJar.JAR.toFile())) {
      Pattern maven = Pattern.compile("META-INF/maven/([^/]+)/([^/]+)/pom.properties");
      file.stream()
          .map(entry -> maven.matcher(entry.getName()))
          .filter(Matcher::matches)
          .forEach(m -> carried.add(m.group(1) + ":" + m.group(2)));
      String named =
          new String(file.getInputStream(file.getEntry("META-INF/THIRD-PARTY.txt")).readAllBytes());
      assertEquals(
          List.of(),
          carried.stream().filter(library -> !named.contains(library)).toList(),
          "the build lists them in THIRD-PARTY.txt");
    }
    assertTrue(
        carried.contains("info.picocli:picocli") && carried.contains("org.jline:jline-native"),
        carried.toString());
  }
}
