package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.format.AtomicFile;
import io.saenative.format.SafetensorsFile;
import io.saenative.tensor.Tensor;
import io.saenative.train.RandomRuns;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report on what the run command really leaves. */
class ReportCommandTest {
  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void makesAReportOfARun() throws IOException {
    Path train = folder.resolve("it's train.safetensors");
    Path validation = folder.resolve("val.safetensors");
    save(train, RandomRuns.rows(29, 1).x());
    save(validation, RandomRuns.rows(13, 2).x());
    Path results = folder.resolve("results");
    String options =
        "--k 2 3 --latent-dim 12 --epochs 2 --batch-size 8 --backend reference --output-dir "
            + results;
    String[] data = {"run", "--train-data", train.toString(), "--val-data", validation.toString()};
    String[] command =
        Stream.concat(Stream.of(data), Stream.of(options.split(" "))).toArray(String[]::new);
    assertEquals(0, execute(command), err::toString);
    assertEquals(0, execute("report", results.toString()), err::toString);
    assertTrue(
        out.toString()
            .endsWith("report with 3 figures in " + results.resolve("report.html") + "\n"),
        out::toString);
    InProcess json = InProcess.of("report", results.toString(), "--json");
    assertEquals(results.resolve("report.html").toString(), json.json().at("/report").asText());
    assertEquals(1, InProcess.of("report", results.toString(), "--quiet").out().lines().count());
    String page = Files.readString(results.resolve("report.html"));
    assertTrue(page.contains("sae-native run --train-data '" + folder), "a command to copy");
    assertTrue(page.contains("/it'\\''s train.safetensors'"));
    assertTrue(page.contains("--k 2 3 --latent-dim 12 --epochs 2 --batch-size 8"));
    assertTrue(Files.exists(results.resolve("figures/training_curves.png")));
  }

  @Test
  void refusesAFolderWithoutResults() {
    assertEquals(Task.FAILED, execute("report", folder.toString()));
    assertTrue(
        err.toString().startsWith("sae-native: " + folder + " holds no results"), err::toString);
    assertEquals(1, err.toString().lines().count());
  }

  @Test
  void refusesNoFolder() {
    assertEquals(Task.USAGE, execute("report"));
    assertTrue(err.toString().contains("DIR"), err::toString);
  }

  private static void save(Path file, Tensor x) {
    AtomicFile.write(
        file, stream -> SafetensorsFile.write(stream, Map.of("activations", x), Map.of()));
  }

  private int execute(String... args) {
    return SaeNative.execute(new PrintWriter(out), new PrintWriter(err), args);
  }
}
