package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.format.AtomicFile;
import io.saenative.format.SafetensorsFile;
import io.saenative.run.TrainedSae;
import io.saenative.run.TrainingCheckpoint;
import io.saenative.sae.Selection;
import io.saenative.tensor.Tensor;
import io.saenative.train.RandomRuns;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Training by the run command in this process, on the reference engine and rows of seven numbers.
 */
class RunCommandTest {
  @TempDir private Path folder;

  private Path results;
  private String out;
  private String err;

  @BeforeEach
  void writeData() {
    results = folder.resolve("results");
    save("train.safetensors", RandomRuns.rows(29, 1).x());
    save("val.safetensors", RandomRuns.rows(13, 2).x());
    save("narrow.safetensors", Tensor.of(new float[12], 2, 6));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--k 2 3 5",
        "--k 2,3,5",
        "--k 2 --k 3 --k=5",
        "run --k 2,3 --k 5 3",
        "--k 2 3 5 --latent_dim=12"
      })
  void everySpellingOfSeveralKTrainsEachOnce(String ks) throws IOException {
    assertEquals(0, run(ks), () -> err);
    assertEquals(
        List.of(
            "checkpoints/pos3_layer14_d12_k2.pt",
            "checkpoints/pos3_layer14_d12_k2.safetensors",
            "checkpoints/pos3_layer14_d12_k3.pt",
            "checkpoints/pos3_layer14_d12_k3.safetensors",
            "checkpoints/pos3_layer14_d12_k5.pt",
            "checkpoints/pos3_layer14_d12_k5.safetensors",
            "large_k_summary_layer14_pos3.json"),
        written());
    assertEquals("[2,3,5]", summary().at("/config/k_values").toString());
    assertEquals("", err);
  }

  @Test
  void saysWhatItDoesAndWhatCameOut() {
    assertEquals(0, run("--k 3 --epochs 7 --seed 11"), () -> err);
    for (String part :
        new String[] {
          "train.safetensors",
          "29 training, 13 validation, 7 wide",
          "12 latents, K = 3, select abs",
          "reference: ",
          "seed     11",
          results.toString(),
          "epoch 1/7",
          "epoch 5/7",
          "epoch 7/7",
          "EV %"
        }) {
      assertTrue(out.contains(part), () -> part + " is missing in\n" + out);
    }
    assertFalse(out.contains("epoch 2/7"));
    assertFalse(out.contains("SYNTHETIC"));
  }

  @Test
  void theSameCommandGivesTheSameBits() {
    assertEquals(0, run("--k 3 --epochs 3"), () -> err);
    TrainedSae first =
        TrainedSae.read(results.resolve("checkpoints/pos3_layer14_d12_k3.safetensors"));
    results = folder.resolve("again");
    assertEquals(0, run("--k 3 --epochs 3"), () -> err);
    TrainedSae second =
        TrainedSae.read(results.resolve("checkpoints/pos3_layer14_d12_k3.safetensors"));
    assertTrue(first.parameters().sameBits(second.parameters()));
  }

  @Test
  void resumeGoesOnToTheBitsOfAnUnbrokenRun() throws IOException {
    assertEquals(0, run("--k 2 3 --epochs 5"), () -> err);
    Path unbroken = results;
    results = folder.resolve("resumed");
    assertEquals(0, run("--k 2 --epochs 3"), () -> err);
    assertEquals(0, run("--k 2 3 --epochs 5 --resume"), () -> err);
    assertTrue(out.contains("K = 2: goes on after epoch 3"), out);
    assertTrue(out.contains("K = 3: no checkpoint, starts fresh"), out);
    for (String k : new String[] {"2", "3"}) {
      String name = "checkpoints/pos3_layer14_d12_k" + k + ".safetensors";
      var expected = TrainingCheckpoint.open(unbroken.resolve(name)).state();
      var actual = TrainingCheckpoint.open(results.resolve(name)).state();
      assertTrue(expected.parameters().sameBits(actual.parameters()));
      assertTrue(expected.adamM().sameBits(actual.adamM()));
      assertTrue(expected.adamV().sameBits(actual.adamV()));
    }
    assertEquals("[2,3]", summary().at("/config/k_values").toString());

    Path finished = results.resolve("checkpoints/pos3_layer14_d12_k3.safetensors");
    byte[] before = Files.readAllBytes(finished);
    assertEquals(0, run("--k 3 --epochs 5 --resume"), () -> err);
    assertTrue(out.contains("K = 3: already trained for 5 epochs"), out);
    assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(finished)));
  }

  @Test
  void resumingAnotherRunIsRefused() throws IOException {
    assertEquals(0, run("--k 3 --epochs 2"), () -> err);
    List<String> before = written();
    failsWith(1, "seed 0, not 1", "--k 2 3 --epochs 2 --seed 1 --resume");
    failsWith(1, "lr 0.001, not 0.01", "--k 3 --epochs 2 --lr 1e-2 --resume");
    failsWith(1, "has done 2 epochs, more than --epochs 1", "--k 3 --epochs 1 --resume");
    assertEquals(before, written());
  }

  @Test
  void aModelThatTheExperimentDoesNotKnowHasNoPtFile() throws IOException {
    assertEquals(0, run("--k 3"), () -> err);
    assertEquals(0, run("--k 3 --select relu --pre-bias --input-scale unit-norm"), () -> err);
    assertTrue(out.contains("will be replaced"), out); // the summary of the first run
    assertEquals(
        List.of("checkpoints/pos3_layer14_d12_k3.safetensors", "large_k_summary_layer14_pos3.json"),
        written());
    TrainedSae sae =
        TrainedSae.read(results.resolve("checkpoints/pos3_layer14_d12_k3.safetensors"));
    assertEquals(Selection.RELU, sae.config().selection());
    assertTrue(sae.config().preBias());
    assertEquals(
        summary().at("/sae_native/settings/input_factor").doubleValue(), sae.inputFactor());
    assertFalse(sae.inputFactor() == 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--k 0                          | --k must be from 1 to --latent-dim, 12, not 0",
        "--k 3 13                       | --k must be from 1 to --latent-dim, 12, not 13",
        "--k three                      | 'three' is not an int",
        "--k                            | Expected parameter for option '--k'",
        "--epochs 1                     | Missing required option: '--k",
        "--k 3 --epochs 0               | --epochs and --batch-size must be at least 1",
        "--k 3 --batch-size 0           | --epochs and --batch-size must be at least 1",
        "--k 3 --lr 0                   | --lr must be above 0",
        "--k 3 --lr NaN                 | --lr must be above 0",
        "--k 3 --latent-dim 0           | --latent-dim must be at least 1, not 0",
        "--k 3 --select both            | expected one of",
        "--k 3 --input-scale 2          | expected none or unit-norm",
        "--k 3 --epoch=9                | Unknown option: '--epoch=9'; did you mean --epochs",
        "train --k 3                    | Unmatched argument",
      })
  void wrongUsageIsToldInOneLine(String arguments, String reason) throws IOException {
    failsWith(SaeNative.USAGE, reason, arguments);
    assertFalse(Files.exists(results));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--k 3 --train-data a.pt                     | --val-data is missing",
        "--k 3 --val-data a.pt                       | --train-data is missing",
        "--k 3 --train-labels a.jsonl                | belong to --train-data",
        "--k 3 --layer 3                             | needs --train-data",
        "--k 3 --output-dir=                         | Invalid value for option '--output-dir': it"
            + " is empty",
        "--k 3 --train-data a\0b                     | Invalid value for option '--train-data': no"
            + " such path is possible",
        "''                                          | nothing to do",
      })
  void wrongUsageOfTheDataOptionsToo(String arguments, String reason) {
    assertEquals(SaeNative.USAGE, execute(arguments));
    assertOneLine(reason);
  }

  @Test
  void badFilesAreRefusedBeforeAnythingIsWritten() throws IOException {
    failsWith(1, "none.safetensors", "--k 3 --val-data " + folder.resolve("none.safetensors"));
    failsWith(1, "is 6 wide", "--k 3 --val-data " + folder.resolve("narrow.safetensors"));
    failsWith(SaeNative.USAGE, "there is no backend 'abacus'", "--k 3 --backend abacus");
    failsWith(SaeNative.USAGE, "--threads must be", "--k 3 --threads -1");
    assertFalse(Files.exists(results));
  }

  @Test
  void anOutputDirectoryThatCannotBeWrittenIsRefusedBeforeTraining() throws IOException {
    Files.writeString(results, "a file is in the way");
    failsWith(1, "--output-dir", "--k 3");
    assertEquals("a file is in the way", Files.readString(results));
    assertFalse(out.contains("epoch"), out);
  }

  /** The first folders can be made, the last cannot. */
  @Test
  void noFolderIsLeftWhereTheLastCannotBeMade() throws IOException {
    results = folder.resolve("a/b/" + "c".repeat(300));
    failsWith(1, "--output-dir", "--k 3");
    assertFalse(Files.exists(folder.resolve("a")));
    results = folder.resolve("a/../b/./c");
    assertEquals(0, run("--k 3"), () -> err);
    assertTrue(Files.exists(folder.resolve("b/c/large_k_summary_layer14_pos3.json")));
  }

  @Test
  void anothersSummaryIsNotOverwritten() throws IOException {
    Files.createDirectories(results);
    Files.writeString(
        results.resolve("large_k_summary_layer14_pos3.json"), "{\"config\": {}, \"results\": {}}");
    failsWith(1, "was not written by this program", "--k 3");
    assertEquals(List.of("large_k_summary_layer14_pos3.json"), written());
    Files.writeString(results.resolve("large_k_summary_layer14_pos3.json"), "{\"config\": ");
    failsWith(1, "not JSON: Unexpected end-of-input", "--k 3");
    assertFalse(err.contains("REDACTED"), err);
    assertEquals(List.of("large_k_summary_layer14_pos3.json"), written());
  }

  /** Two layers in one folder could not be reported. */
  @Test
  void anotherLayerOrPositionNeedsAFolderOfItsOwn() throws IOException {
    assertEquals(0, run("--k 3"), () -> err);
    List<String> before = written();
    failsWith(1, "give each an --output-dir of its own", "--k 3 --layer 13");
    failsWith(
        1,
        "large_k_summary_layer14_pos3.json is of another layer or position than 14, 30",
        "--k 3 --position 30");
    assertFalse(out.contains("epoch"), out);
    assertEquals(before, written());
  }

  @Test
  void rowsWithoutVarianceHaveNoExplainedVariance() throws IOException {
    float[] tenths = new float[13 * 7];
    Arrays.fill(tenths, 0.1f);
    save("constant.safetensors", Tensor.of(tenths, 13, 7));
    assertEquals(0, run("--k 3 --val-data " + folder.resolve("constant.safetensors")), () -> err);
    assertTrue(out.contains("EV - %") && out.contains("EV is undefined: all values"), out);
    assertFalse(out.contains("NaN") || out.contains("Infinity"), out);
    assertTrue(summary().at("/results/3/metrics/explained_variance").isNull());
    assertTrue(summary().at("/results/3/history/val_explained_variance/0").isNull());
  }

  @Test
  void aStackTraceIsShownWhereAskedFor() {
    assertEquals(1, run("--k 3 --val-data none.pt --stacktrace"));
    assertTrue(err.startsWith("sae-native: none.pt") && err.contains("\tat io.saenative."), err);
  }

  @Test
  void helpAndVersionSucceed() {
    for (String arguments : new String[] {"--help", "--version", "run --help", "--k 3 --help"}) {
      assertEquals(0, execute(arguments));
      assertEquals("", err);
    }
    assertEquals(0, execute("run --help"));
    assertTrue(out.contains("sae-native run --k 300") && out.contains("--train-data"), out);
  }

  private void failsWith(int code, String reason, String arguments) throws IOException {
    assertEquals(code, run(arguments), () -> out + err);
    assertOneLine(reason);
  }

  private void assertOneLine(String reason) {
    assertTrue(err.startsWith("sae-native: ") && err.contains(reason), err);
    assertFalse(err.contains("\tat "), err);
    assertEquals(1, err.lines().count(), err);
  }

  /** With small defaults; what the arguments say comes last and wins. */
  private int run(String arguments) {
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

  private int execute(String arguments) {
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

  private void save(String name, Tensor x) {
    AtomicFile.write(
        folder.resolve(name),
        stream -> SafetensorsFile.write(stream, Map.of("activations", x), Map.of()));
  }

  private JsonNode summary() throws IOException {
    return new ObjectMapper()
        .readTree(results.resolve("large_k_summary_layer14_pos3.json").toFile());
  }

  /** All but the summary's lock, which is hidden. */
  private List<String> written() throws IOException {
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
