package io.saenative.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom, read from import and include lines. The picture is in docs/architecture.md.
 */
class DependencyRulesTest {
  private static final Path JAVA = Path.of("src/main/java/io/saenative");
  private static final Pattern IMPORT = Pattern.compile("^import (?:static )?([\\w.*]+);");
  private static final Pattern INCLUDE =
      Pattern.compile("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");

  /** A file names something, in one line of it. */
  private record Use(Path file, String target) {
    boolean from(String place) {
      return file.startsWith(place);
    }

    boolean of(String place) {
      return target.startsWith("io.saenative." + place + ".");
    }
  }

  @Test
  void onlyTheNativeEngineKnowsTheBindings() throws IOException {
    forbidden(JAVA, IMPORT, u -> u.of("ffi") && !u.from("engine/nativelib") && !u.from("ffi"));
    forbidden(JAVA, IMPORT, u -> u.target.startsWith("jcuda") && !u.from("engine/nativelib"));
  }

  @Test
  void dataAndModelKnowNothingOfTheProjectButEachOther() throws IOException {
    forbidden(
        JAVA,
        IMPORT,
        u ->
            (u.from("data") || u.from("model"))
                && u.target.startsWith("io.saenative")
                && !u.of("data")
                && !u.of("model"));
  }

  @Test
  void theReportKnowsRecordsAndNoEngine() throws IOException {
    forbidden(JAVA, IMPORT, u -> u.from("report") && u.of("engine"));
  }

  @Test
  void theReferenceStandsAlone() throws IOException {
    forbidden(JAVA, IMPORT, u -> u.from("engine/reference") && u.of("engine.nativelib"));
    forbidden(JAVA, IMPORT, u -> u.from("engine/nativelib") && u.of("engine.reference"));
  }

  @Test
  void nobodyKnowsTheCommandLine() throws IOException {
    forbidden(JAVA, IMPORT, u -> u.of("cli") && !u.from("cli"));
    forbidden(JAVA, IMPORT, u -> u.target.startsWith("picocli") && !u.from("cli"));
  }

  /**
   * The backend and the device layer below it speak to the border; kernels and their headers run
   * without it.
   */
  @Test
  void kernelsKnowNothingOfTheBorder() throws IOException {
    Path cuda = Path.of("src/main/cuda");
    if (Files.exists(cuda)) {
      forbidden(
          cuda,
          INCLUDE,
          u ->
              !u.file.toString().matches("(cuda_backend|device).*")
                  && Files.exists(Path.of("native/src", u.target)));
    }
  }

  @Test
  void theBorderKnowsNoCuda() throws IOException {
    forbidden(Path.of("native/include"), INCLUDE, u -> !u.target.equals("stdint.h"));
    forbidden(Path.of("native/src"), INCLUDE, u -> u.target.contains("cuda"));
  }

  /** What the rules above stand on: lines are found, in the form the rules expect. */
  @Test
  void usesAreSeen() throws IOException {
    List<Use> imports = uses(JAVA, IMPORT);
    assertFalse(
        imports.stream().filter(u -> u.of("ffi") && u.from("engine/nativelib")).toList().isEmpty());
    assertFalse(imports.stream().filter(u -> u.of("data") && u.from("model")).toList().isEmpty());
    assertFalse(
        imports.stream()
            .filter(u -> u.target.startsWith("picocli") && u.from("cli"))
            .toList()
            .isEmpty());
    List<Use> includes = uses(Path.of("native/src"), INCLUDE);
    assertFalse(includes.stream().filter(u -> u.target.equals("backend.h")).toList().isEmpty());
  }

  private static void forbidden(Path root, Pattern line, Predicate<Use> rule) throws IOException {
    assertEquals(List.of(), uses(root, line).stream().filter(rule).toList());
  }

  private static List<Use> uses(Path root, Pattern line) throws IOException {
    List<Use> uses = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file :
          files.filter(f -> f.toString().matches(".*\\.(java|h|cuh|c|cpp|cu)")).toList()) {
        for (String text : Files.readAllLines(file)) {
          Matcher m = line.matcher(text);
          if (m.find()) {
            uses.add(new Use(root.relativize(file), m.group(1)));
          }
        }
      }
    }
    return uses;
  }
}
