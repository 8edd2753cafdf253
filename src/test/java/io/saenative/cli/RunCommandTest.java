package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.run.TrainedSae;
import io.saenative.sae.Selection;
import io.saenative.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the run command trains, says and refuses. */
class RunCommandTest extends RunCommandCase {
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
}
