package io.saenative.architecture;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
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
 * Who may know whom: Java's classes as they are compiled, native sources by their include lines.
 * The picture is in docs/architecture.md.
 */
class DependencyRulesTest {
  private static final String ROOT = "io.saenative.";

  /** From the ground up: a room knows rooms of lower floors only, and none beside it. */
  private static final List<List<String>> FLOORS =
      List.of(
          List.of("tensor"),
          List.of("format"),
          List.of("sae", "data"),
          List.of("train", "analysis"),
          List.of("run"),
          List.of("report", "verify", "bench"),
          List.of("cli"));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.saenative");

  private static final Pattern INCLUDE =
      Pattern.compile("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");

  @Test
  void noArrowRunsUp() {
    assertEquals(
        List.of(), uses(d -> !room(d.getOriginClass()).equals(room(d.getTargetClass())) && up(d)));
  }

  @Test
  void noPackagesStandInACircle() {
    slices().matching("io.saenative.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyTheNativeEngineKnowsTheBindings() {
    assertEquals(
        List.of(), uses(d -> to(d, "sae.ffi") && !from(d, "sae.ffi") && !from(d, "sae.nativelib")));
    assertEquals(List.of(), uses(d -> library(d, "jcuda") && !from(d, "sae.nativelib")));
  }

  @Test
  void theReferenceAndTheNativeEngineDoNotKnowEachOther() {
    assertEquals(List.of(), uses(d -> from(d, "sae.reference") && to(d, "sae.nativelib")));
    assertEquals(List.of(), uses(d -> from(d, "sae.nativelib") && to(d, "sae.reference")));
  }

  @Test
  void onlyTheCommandLineKnowsOptions() {
    assertEquals(List.of(), uses(d -> library(d, "picocli") && !from(d, "cli")));
  }

  /** What the rules above stand on: every class has a floor, and uses of it are seen. */
  @Test
  void everyClassStandsOnAFloorAndItsUsesAreSeen() {
    List<String> rooms = FLOORS.stream().flatMap(List::stream).toList();
    for (JavaClass known : CLASSES) {
      assertTrue(
          floor(known) > 0 || known.getPackageName().equals("io.saenative"), known.getName());
    }
    for (String room : rooms.subList(0, rooms.size() - 1)) {
      assertFalse(uses(d -> to(d, room) && !from(d, room)).isEmpty(), room);
    }
    assertFalse(uses(d -> from(d, "cli") && library(d, "picocli")).isEmpty());
    assertFalse(uses(d -> from(d, "sae.nativelib") && library(d, "jcuda")).isEmpty());
  }

  /**
   * Only a session and the device layer below it speak to the border, and only a session to both.
   */
  @Test
  void kernelsKnowNothingOfTheBorder() throws IOException {
    List<Include> includes = includes(Path.of("src/main/cuda"));
    List<Include> toBorder =
        includes.stream()
            .filter(
                i ->
                    Files.exists(Path.of("native/src", i.target))
                        || Files.exists(Path.of("native/include", i.target)))
            .toList();
    assertEquals(
        List.of(),
        toBorder.stream().filter(i -> i.inFolder("kernels") || i.inFolder("templates")).toList());
    assertTrue(toBorder.stream().anyMatch(i -> i.inFolder("session")), "includes are seen");
    assertTrue(toBorder.stream().anyMatch(i -> i.inFolder("device")), "includes are seen");
    List<Include> toSession =
        includes.stream().filter(i -> i.target.startsWith("session/")).toList();
    assertEquals(List.of(), toSession.stream().filter(i -> !i.inFolder("session")).toList());
    assertFalse(toSession.isEmpty(), "includes are seen");
  }

  @Test
  void theBorderKnowsNoCuda() throws IOException {
    assertEquals(
        List.of(),
        includes(Path.of("native/include")).stream()
            .filter(i -> !i.target.equals("stdint.h"))
            .toList());
    List<Include> border = includes(Path.of("native/src"));
    assertEquals(List.of(), border.stream().filter(i -> i.target.contains("cuda")).toList());
    assertTrue(border.stream().anyMatch(i -> i.target.equals("backend.h")), "includes are seen");
  }

  private static boolean up(Dependency d) {
    return floor(d.getTargetClass()) >= floor(d.getOriginClass());
  }

  /** Number of the floor, 1 the lowest; 0 for a class in none of the rooms. */
  private static int floor(JavaClass known) {
    for (int i = 0; i < FLOORS.size(); i++) {
      if (FLOORS.get(i).stream().anyMatch(room -> in(known, room))) {
        return i + 1;
      }
    }
    return 0;
  }

  private static String room(JavaClass known) {
    return FLOORS.stream()
        .flatMap(List::stream)
        .filter(room -> in(known, room))
        .findFirst()
        .orElse("");
  }

  private static boolean in(JavaClass known, String place) {
    return (known.getPackageName() + ".").startsWith(ROOT + place + ".");
  }

  private static boolean from(Dependency d, String place) {
    return in(d.getOriginClass(), place);
  }

  private static boolean to(Dependency d, String place) {
    return in(d.getTargetClass(), place);
  }

  private static boolean library(Dependency d, String root) {
    return (d.getTargetClass().getPackageName() + ".").startsWith(root + ".");
  }

  private static List<String> uses(Predicate<Dependency> which) {
    return CLASSES.stream()
        .flatMap(known -> known.getDirectDependenciesFromSelf().stream())
        .filter(d -> ours(d) || library(d, "picocli") || library(d, "jcuda"))
        .filter(which)
        .map(Dependency::getDescription)
        .toList();
  }

  private static boolean ours(Dependency d) {
    return (d.getTargetClass().getPackageName() + ".").startsWith(ROOT);
  }

  /** A file names another in an include line. */
  private record Include(Path file, String target) {
    boolean inFolder(String folder) {
      return file.startsWith(folder);
    }
  }

  private static List<Include> includes(Path root) throws IOException {
    List<Include> includes = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().matches(".*\\.(h|cuh|c|cpp|cu)")).toList()) {
        for (String text : Files.readAllLines(file)) {
          Matcher m = INCLUDE.matcher(text);
          if (m.find()) {
            includes.add(new Include(root.relativize(file), m.group(1)));
          }
        }
      }
    }
    return includes;
  }
}
