package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void printsATableAndWritesTheSameCases() throws IOException {
    Path json = folder.resolve("bench.json");
    assertEquals(0, bench("--backend", "cpu", "--threads", "1", "--json", json.toString()), err::toString);
    JsonNode cases = new ObjectMapper().readTree(json.toFile()).get("cases");
    assertEquals(7, cases.size());
    for (JsonNode c : cases) {
      assertTrue(out.toString().lines().anyMatch(line -> line.startsWith(c.get("name").asText() + " ")), out::toString);
    }
    assertTrue(out.toString().contains("not measured: ceilings: only those of a GPU are measured"), out::toString);
  }

  @Test
  void whatCannotBeDoneIsRefusedBeforeAnyWork() {
    assertEquals(1, bench("--backend", "cpu", "--json", folder.resolve("absent/bench.json").toString()));
    assertTrue(err.toString().contains("its folder does not exist"), err::toString);
    assertEquals(2, bench("--backend", "cpu", "--repeats", "0"));
    assertEquals(2, bench("--backend", "tpu"));
    assertFalse(out.toString().contains("encode_topk"), out::toString);
    assertFalse(Files.exists(folder.resolve("absent")));
  }

  private int bench(String... options) {
    String[] shape = {
      "bench", "--d-in", "9", "--d-sae", "7", "--k", "2", "--batch-size", "4", "--train-rows", "10", "--val-rows", "5"
    };
    String[] all = Stream.of(shape, options).flatMap(Arrays::stream).toArray(String[]::new);
    return SaeNative.execute(new PrintWriter(out, true), new PrintWriter(err, true), all);
  }
}
