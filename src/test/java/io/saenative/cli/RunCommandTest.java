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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
        "run -k 2,3 --k 5",
        "-k2, 3 ,5",
        "--k 2, 3 5",
        "--k 2 3 5 --latent_dim=12"
      })
  void everySpellingOfSeveralKTrainsEachOnce(String ks) throws IOException {
    assertEquals(0, run(ks), () -> err);
    assertEquals(
        List.of(
            "checkpoints/d12_k2.pt",
            "checkpoints/d12_k2.safetensors",
            "checkpoints/d12_k3.pt",
            "checkpoints/d12_k3.safetensors",
            "checkpoints/d12_k5.pt",
            "checkpoints/d12_k5.safetensors",
            "large_k_summary.json"),
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
  void quietSaysAtMostTheFindingAndJsonIsTheSummary() throws IOException {
    assertEquals(0, run("--k 3 --quiet"), () -> err);
    assertTrue(out.lines().count() <= 1 && err.isEmpty(), () -> out + err);
    assertEquals(0, run("--k 3 --json"), () -> err);
    assertEquals(summary(), new ObjectMapper().readTree(out));
    assertTrue(err.contains("K = 3") && err.contains("EV %"), err);
  }

  @Test
  void theSameCommandGivesTheSameBits() {
    assertEquals(0, run("--k 3 --epochs 3"), () -> err);
    TrainedSae first = TrainedSae.read(results.resolve("checkpoints/d12_k3.safetensors"));
    results = folder.resolve("again");
    assertEquals(0, run("--k 3 --epochs 3"), () -> err);
    TrainedSae second = TrainedSae.read(results.resolve("checkpoints/d12_k3.safetensors"));
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
      String name = "checkpoints/d12_k" + k + ".safetensors";
      var expected = TrainingCheckpoint.open(unbroken.resolve(name)).state();
      var actual = TrainingCheckpoint.open(results.resolve(name)).state();
      assertTrue(expected.parameters().sameBits(actual.parameters()));
      assertTrue(expected.adamM().sameBits(actual.adamM()));
      assertTrue(expected.adamV().sameBits(actual.adamV()));
    }
    assertEquals("[2,3]", summary().at("/config/k_values").toString());

    Path finished = results.resolve("checkpoints/d12_k3.safetensors");
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
    assertEquals(0, run("--k 3 --select relu --pre-bias --input-scale unit-norm"), () -> err);
    assertEquals(List.of("checkpoints/d12_k3.safetensors", "large_k_summary.json"), written());
    TrainedSae sae = TrainedSae.read(results.resolve("checkpoints/d12_k3.safetensors"));
    assertEquals(Selection.RELU, sae.config().selection());
    assertTrue(sae.config().preBias());
    assertEquals(
        summary().at("/sae_native/settings/input_factor").doubleValue(), sae.inputFactor());
    assertFalse(sae.inputFactor() == 1);
  }

  /** The results of an earlier run are there as they were, whatever the difference. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--k 3 --seed 1             | seed 0, not 1",
        "--k 5 --lr 1e-2            | lr 0.001, not 0.01",
        "--k 3 --epochs 2           | epochs 1, not 2",
        "--k 3 --latent-dim 13      | d_sae 12, not 13",
        "--k 3 --train-data @/val.safetensors | train_sha256",
        "--k 3 --backend cpu        | backend reference, not cpu",
      })
  void resultsOfOtherSettingsAreNotReplacedUnasked(String arguments, String difference)
      throws IOException {
    assertEquals(0, run("--k 3"), () -> err);
    Map<String, String> before = contents();
    failsWith(Task.USAGE, difference, arguments.replace("@", folder.toString()));
    for (String way : new String[] {"--resume", "--output-dir", "--overwrite"}) {
      assertTrue(err.contains(way), err);
    }
    assertEquals(before, contents());
  }

  @Test
  void anUnfinishedTrainingIsNotReplacedUnasked() throws IOException {
    assertEquals(0, run("--k 3"), () -> err);
    Files.delete(results.resolve("large_k_summary.json")); // as after an interruption
    failsWith(Task.USAGE, "d12_k3.safetensors has 1 of 2 epochs", "--k 3 --epochs 2");
    assertTrue(err.contains("--resume") && err.contains("--overwrite"), err);
  }

  @Test
  void overwriteLeavesNothingOfTheEarlierRun() throws IOException {
    assertEquals(0, run("--k 3 5"), () -> err);
    Files.writeString(results.resolve("notes.txt"), "the user's own");
    assertEquals(0, run("--k 4 --seed 1 --overwrite"), () -> err);
    assertEquals(
        List.of(
            "checkpoints/d12_k4.pt",
            "checkpoints/d12_k4.safetensors",
            "large_k_summary.json",
            "notes.txt"),
        written());
    failsWith(Task.USAGE, "exclude each other", "--k 4 --overwrite --resume");
  }

  /** It has no .safetensors beside it, as ours do. */
  @Test
  void aCheckpointOfTheExperimentsPythonIsNotReplacedUnasked() throws IOException {
    Path theirs = results.resolve("checkpoints/d12_k3.pt");
    Files.createDirectories(theirs.getParent());
    Files.writeString(theirs, "theirs");
    failsWith(Task.USAGE, "d12_k3.pt was not written by this program", "--k 2 3");
    failsWith(Task.USAGE, "d12_k3.pt was not written by this program", "--k 2 3 --resume");
    assertEquals("theirs", Files.readString(theirs));
    assertEquals(0, run("--k 3 --overwrite"), () -> err);
    assertTrue(Files.size(theirs) > 6);
  }

  @Test
  void aRefusedRunDeletesNothing() throws IOException {
    assertEquals(0, run("--k 3"), () -> err);
    Map<String, String> before = contents();
    failsWith(
        1, "is 6 wide", "--k 3 --overwrite --val-data " + folder.resolve("narrow.safetensors"));
    assertEquals(before, contents());
  }

  @Test
  void theSameSettingsAreAddedTo() throws IOException {
    assertEquals(0, run("--k 3"), () -> err);
    assertEquals(0, run("--k 5"), () -> err);
    assertEquals(0, run("--k 3"), () -> err);
    assertEquals("[3,5]", summary().at("/config/k_values").toString());
  }

  @Test
  void aLongerRunTakesAllOfAShorterOneAlong() throws IOException {
    assertEquals(0, run("--k 3 5"), () -> err);
    failsWith(Task.USAGE, "K = 5 of another number of epochs", "--k 3 --epochs 2 --resume");
    assertEquals(0, run("--k 3 5 --epochs 2 --resume"), () -> err);
    assertEquals("[3,5]", summary().at("/config/k_values").toString());
    assertEquals(2, summary().at("/sae_native/settings/epochs").intValue());
  }

  @Test
  void aDivergedTrainingFails() throws IOException {
    failsWith(1, "K = 3: training diverged", "--k 3 --lr 10 --epochs 3");
    failsWith(1, "K = 3: training diverged", "--k 3 --lr 10 --epochs 1 --seed 1 --overwrite");
    assertFalse(written().contains("large_k_summary.json"));
  }

  @Test
  void validationRowsThatAreTrainingRowsAreNoticed() throws IOException {
    assertEquals(0, run("--k 3"), () -> err);
    assertFalse(out.contains("training rows as well"), out);
    assertEquals(0, summary().at("/sae_native/data/shared_rows").intValue());
    results = folder.resolve("same");
    assertEquals(0, run("--k 3 --val-data " + folder.resolve("train.safetensors")), () -> err);
    assertTrue(out.contains("29 of the 29 validation rows are training rows as well"), out);
    assertEquals(29, summary().at("/sae_native/data/shared_rows").intValue());
  }

  @Test
  void theCommandIsInTheSummary() throws IOException {
    assertEquals(0, run("--k 3"), () -> err);
    String command = summary().at("/sae_native/results/3/computed_by/command").textValue();
    assertTrue(command.startsWith("sae-native run --k 3 --no-analysis --train-data /"), command);
    assertTrue(command.contains("--val-data") && command.contains("--batch-size 8"), command);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--k 0                          | --k must be from 1 to --latent-dim, 12, not 0",
        "--k 3 13                       | --k must be from 1 to --latent-dim, 12, not 13",
        "--k three                      | 'three' is not a whole number",
        "--k                            | Invalid value for option '--k': there is none",
        "--epochs 1                     | Missing required option: '--k",
        "--k 3 --epochs 0               | --epochs and --batch-size must be at least 1",
        "--k 3 --batch-size 0           | --epochs and --batch-size must be at least 1",
        "--k 3 --lr 0                   | --lr must be above 0",
        "--k 3 --lr NaN                 | --lr must be above 0",
        "--k 3 --latent-dim 0           | --latent-dim must be at least 1, not 0",
        "--k 3,                         | a value is missing before or after a comma in '3,'",
        "--k ,3                         | a value is missing before or after a comma in ',3'",
        "--k 2,,3                       | a value is missing before or after a comma in '2,,3'",
        "--k 3 2 3                      | Invalid value for option '--k': 3 is given twice",
        "--k 3 --k 3                    | 3 is given twice",
        "--k 2,x3                       | 'x3' is not a whole number",
        "--k 2.5                        | '2.5' is not a whole number",
        "--k -1                         | --k must be from 1 to --latent-dim, 12, not -1",
        "--k 3000000000                 | '3000000000' is not a whole number of a size",
        "--kk 10                        | Unknown option: '--kk'; did you mean --k?",
        "--latendim 12                  | or --latent-dim? (see sae-native run --help)",
        "--k 3 --kk 10                  | Unknown option: '--kk'; did you mean --k? (see",
        "--k 3 --seed 0,1               | '0,1' is not a whole number",
        "--k 3 --lr fast                | 'fast' is not a number",
        "--k 3 --select topk            | expected one of abs, relu but was 'topk'",
        "--k 3 --precision fp8          | expected one of fp32, bf16x3, bf16 but was 'fp8'",
        "--k 3 --input-scale 2          | expected one of none, unit-norm but was '2'",
        "--k 3 --epoch=9                | Unknown option: '--epoch=9'; did you mean --epochs",
        "train --k 3                    | Unmatched argument",
      })
  void wrongUsageIsToldInOneLine(String arguments, String reason) throws IOException {
    failsWith(Task.USAGE, reason, arguments);
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
    assertEquals(Task.USAGE, execute(arguments));
    assertOneLine(reason);
  }

  @Test
  void badFilesAreRefusedBeforeAnythingIsWritten() throws IOException {
    failsWith(1, "none.safetensors", "--k 3 --val-data " + folder.resolve("none.safetensors"));
    failsWith(1, "is 6 wide", "--k 3 --val-data " + folder.resolve("narrow.safetensors"));
    failsWith(Task.USAGE, "there is no backend 'abacus'", "--k 3 --backend abacus");
    failsWith(Task.USAGE, "--threads must be", "--k 3 --threads -1");
    assertFalse(Files.exists(results));
  }

  @Test
  void anOutputDirectoryThatCannotBeWrittenIsRefusedBeforeTraining() throws IOException {
    Files.writeString(results, "a file is in the way");
    failsWith(1, "--output-dir", "--k 3");
    assertEquals("a file is in the way", Files.readString(results));
    assertFalse(out.contains("epoch"), out);
  }

  @Test
  void theOutputDirectoryMayBeAnyPath() {
    results = folder.resolve("a/../b/./c");
    assertEquals(0, run("--k 3"), () -> err);
    assertTrue(Files.exists(folder.resolve("b/c/large_k_summary.json")));
  }

  @Test
  void anothersSummaryIsNotOverwritten() throws IOException {
    Files.createDirectories(results);
    Files.writeString(results.resolve("large_k_summary.json"), "{\"config\": {}, \"results\": {}}");
    failsWith(1, "was not written by this program", "--k 3");
    failsWith(1, "was not written by this program", "--k 3 --overwrite");
    assertEquals(List.of("large_k_summary.json"), written());
    Files.writeString(results.resolve("large_k_summary.json"), "{\"config\": ");
    failsWith(1, "not JSON: Unexpected end-of-input", "--k 3");
    assertFalse(err.contains("REDACTED"), err);
    assertEquals(List.of("large_k_summary.json"), written());
  }

  /** A .safetensors states none, whatever --layer and --position say of other files. */
  @Test
  void noSiteIsClaimedThatTheDataDoNotState() throws IOException {
    assertEquals(0, run("--k 3"), () -> err);
    assertFalse(out.contains("layer") || out.contains("position"), out);
    assertTrue(summary().at("/config/layer").isNull());
    assertTrue(written().stream().noneMatch(name -> name.contains("layer")), written().toString());
    assertEquals(
        Optional.empty(), TrainedSae.read(results.resolve("checkpoints/d12_k3.pt")).site());
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
    return new ObjectMapper().readTree(results.resolve("large_k_summary.json").toFile());
  }

  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    for (String name : written()) {
      contents.put(name, Files.readString(results.resolve(name), StandardCharsets.ISO_8859_1));
    }
    return contents;
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
