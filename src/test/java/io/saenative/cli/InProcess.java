package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A command run in this process, and what it said. */
record InProcess(int code, String out, String err) {

  /**
   * @param arguments separated by blanks
   */
  static InProcess run(String arguments) {
    return of(
        Arrays.stream(arguments.split(" +")).filter(a -> !a.isEmpty()).toArray(String[]::new));
  }

  static InProcess of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = SaeNative.execute(new PrintWriter(out), new PrintWriter(err), arguments);
    return new InProcess(code, out.toString(), err.toString());
  }

  InProcess succeeds() {
    assertEquals(0, code, out + err);
    assertEquals("", err);
    return this;
  }

  /** With one line that gives the reason. */
  void fails(int expected, String reason) {
    assertEquals(expected, code, out + err);
    assertTrue(err.startsWith("sae-native: ") && err.contains(reason), err);
    assertFalse(err.contains("\tat "), err);
    assertEquals(1, err.lines().count(), err);
  }

  /** Says this in its last line. */
  void finds(String finding) {
    String last = out.lines().reduce("", (_, line) -> line);
    assertTrue(last.contains(finding), () -> finding + " is missing at the end of\n" + out);
  }

  /** The one JSON object that is all of the output. */
  JsonNode json() {
    assertEquals(0, code, out + err);
    try (MappingIterator<JsonNode> values =
        new ObjectMapper().readerFor(JsonNode.class).readValues(out)) {
      JsonNode object = values.nextValue();
      assertTrue(object.isObject() && !values.hasNextValue(), out);
      return object;
    } catch (IOException e) {
      throw new AssertionError(out, e);
    }
  }

  void says(String... parts) {
    for (String part : parts) {
      assertTrue(out.contains(part), () -> part + " is missing in\n" + out);
    }
  }

  /** All files below a folder, by their paths in it. */
  static List<String> files(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(f -> folder.relativize(f).toString())
          .sorted()
          .toList();
    }
  }
}
