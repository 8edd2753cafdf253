package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.format.SafetensorsFile;
import io.saenative.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class VerifyCommandTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();

  @Test
  void printsEveryQuantityAndSucceeds() {
    int code =
        verify(
            GOLDEN.resolve("small_f32.safetensors"), GOLDEN.resolve("odd_k_all_f64.safetensors"));
    assertEquals(0, code, out::toString);
    assertEquals(
        2 * 23,
        out.toString().lines().filter(line -> line.contains(" yes ")).count(),
        out::toString);
    assertTrue(
        out.toString().endsWith("verified: 2 of 2 traces within tolerance\n"), out::toString);
  }

  @Test
  void failsIfOneQuantityIsOff() throws IOException {
    SafetensorsFile golden = SafetensorsFile.read(GOLDEN.resolve("small_f32.safetensors"));
    Map<String, Tensor> tensors = new HashMap<>(golden.tensors());
    Tensor wrong = Tensor.of(tensors.get("b_enc.final").toFloats(), 24);
    wrong.set(3, wrong.get(3) + 1e-3);
    tensors.put("b_enc.final", wrong);
    Path file = folder.resolve("wrong.safetensors");
    try (OutputStream stream = Files.newOutputStream(file)) {
      SafetensorsFile.write(stream, tensors, golden.metadata());
    }
    assertEquals(1, verify(file));
    String failed =
        out.toString().lines().filter(line -> line.contains(" NO ")).findFirst().orElseThrow();
    assertTrue(failed.startsWith("final b_enc") && failed.endsWith("[3]"), failed);
    assertTrue(
        out.toString().endsWith("NOT verified: 1 of 1 traces out of tolerance\n"), out::toString);
  }

  private int verify(Path... traces) {
    CommandLine command = new CommandLine(new VerifyCommand()).setOut(new PrintWriter(out, true));
    String[] arguments = new String[3 + traces.length];
    arguments[0] = "--backend";
    arguments[1] = "reference";
    arguments[2] = "--trace";
    for (int i = 0; i < traces.length; i++) {
      arguments[3 + i] = traces[i].toString();
    }
    return command.execute(arguments);
  }
}
