package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.saenative.format.SafetensorsFile;
import io.saenative.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir private Path folder;

  @Test
  void printsEveryQuantityAndSucceeds() {
    InProcess done =
        verify(GOLDEN.resolve("small_f32.safetensors"), GOLDEN.resolve("odd_k_all_f64.safetensors"))
            .succeeds();
    assertEquals(2 * 23, done.out().lines().filter(line -> line.contains(" yes ")).count());
    assertTrue(done.out().startsWith("backend  reference: plain Java"), done.out());
    assertFalse(done.out().contains("asked for"), "why a backend was taken is doctor's to say");
    assertTrue(done.out().endsWith("\nverified: 2 of 2 traces within tolerance\n"), done.out());
    assertTrue(
        done.out().lines().filter(line -> line.contains(" yes ")).allMatch(l -> l.length() <= 80),
        done.out());
  }

  @Test
  void failsIfOneQuantityIsOff() throws IOException {
    SafetensorsFile golden = SafetensorsFile.read(GOLDEN.resolve("small_f32.safetensors"));
    Map<String, Tensor> tensors = new HashMap<>(golden.tensors());
    Tensor wrong =
        Tensor.of(tensors.get("b_enc.final").data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED), 24);
    wrong.set(3, wrong.get(3) + 1e-3);
    tensors.put("b_enc.final", wrong);
    Path file = folder.resolve("wrong.safetensors");
    try (OutputStream stream = Files.newOutputStream(file)) {
      SafetensorsFile.write(stream, tensors, golden.metadata());
    }
    InProcess done = verify(file);
    assertEquals(Task.FAILED, done.code());
    String failed =
        done.out().lines().filter(line -> line.contains(" NO ")).findFirst().orElseThrow();
    assertTrue(failed.startsWith("final b_enc") && failed.endsWith("[3]"), failed);
    done.finds("NOT verified: 1 of 1 trace out of tolerance: final b_enc");
  }

  @Test
  void quietSaysTheFindingAloneAndJsonHasEveryCheck() {
    String trace = " --trace " + GOLDEN.resolve("small_f32.safetensors");
    assertEquals(
        "verified: 1 of 1 trace within tolerance\n",
        InProcess.run("verify --backend reference --quiet" + trace).succeeds().out());
    JsonNode json = InProcess.run("verify --backend reference --json" + trace).json();
    assertTrue(json.at("/ok").booleanValue());
    assertEquals(23, json.at("/traces/0/checks").size());
    for (JsonNode check : json.at("/traces/0/checks")) {
      assertTrue(check.get("worst_error").doubleValue() <= check.get("tolerance").doubleValue());
    }
  }

  private static InProcess verify(Path... traces) {
    return InProcess.of(
        Stream.concat(
                Stream.of("verify", "--backend", "reference", "--trace"),
                Arrays.stream(traces).map(Path::toString))
            .toArray(String[]::new));
  }
}
