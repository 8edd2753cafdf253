package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.format.AtomicFile;
import io.saenative.format.SafetensorsFile;
import io.saenative.tensor.Tensor;
import io.saenative.train.RandomRuns;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The run command in this process, on the reference engine and rows of seven numbers. */
abstract class RunCommandCase {
  @TempDir Path folder;

  Path results;
  String out;
  String err;

  @BeforeEach
  void writeData() {
    results = folder.resolve("results");
    save("train.safetensors", RandomRuns.rows(29, 1).x());
    save("val.safetensors", RandomRuns.rows(13, 2).x());
    save("narrow.safetensors", Tensor.of(new float[12], 2, 6));
  }

  final void failsWith(int code, String reason, String arguments) throws IOException {
    assertEquals(code, run(arguments), () -> out + err);
    assertOneLine(reason);
  }

  final void assertOneLine(String reason) {
    assertTrue(err.startsWith("sae-native: ") && err.contains(reason), err);
    assertFalse(err.contains("\tat "), err);
    assertEquals(1, err.lines().count(), err);
  }

  /** With small defaults; what the arguments say comes last and wins. */
  final int run(String arguments) {
    List<String> all = new ArrayList<>(List.of(arguments.split(" ")));
    all.add("--no-analysis");
    defaultTo(all, "--train-data", folder.resolve("train.safetensors").toString());
    defaultTo(all, "--val-data", folder.resolve("val.safetensors").toString());
    defaultTo(all, "--latent-dim", "12");
    defaultTo(all, "--batch-size", "8");
    defaultTo(all, "--epochs", "1");
    defaultTo(all, "--backend", "reference");
    defaultTo(all, "--output-dir", results.toString());
    return execute(all.toArray(String[]::new));
  }

  private static void defaultTo(List<String> arguments, String option, String value) {
    if (arguments.stream().noneMatch(a -> a.replace('_', '-').startsWith(option))) {
      arguments.addAll(List.of(option, value));
    }
  }

  final int execute(String arguments) {
    return execute(arguments.isEmpty() ? new String[0] : arguments.split(" +"));
  }

  private int execute(String[] arguments) {
    StringWriter outText = new StringWriter();
    StringWriter errText = new StringWriter();
    int code = SaeNative.execute(new PrintWriter(outText), new PrintWriter(errText), arguments);
    out = outText.toString();
    err = errText.toString();
    return code;
  }

  final void save(String name, Tensor x) {
    AtomicFile.write(
        folder.resolve(name),
        stream -> SafetensorsFile.write(stream, Map.of("activations", x), Map.of()));
  }

  final JsonNode summary() throws IOException {
    return new ObjectMapper().readTree(results.resolve("large_k_summary.json").toFile());
  }

  final Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    for (String name : written()) {
      contents.put(name, Files.readString(results.resolve(name), StandardCharsets.ISO_8859_1));
    }
    return contents;
  }

  /** All but the summary's lock, which is hidden. */
  final List<String> written() throws IOException {
    try (Stream<Path> files = Files.walk(results)) {
      return files
          .filter(Files::isRegularFile)
          .map(f -> results.relativize(f).toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    }
  }
}
