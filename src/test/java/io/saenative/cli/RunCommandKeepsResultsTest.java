package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.run.TrainingCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of results that are in the output folder before a run. */
class RunCommandKeepsResultsTest extends RunCommandCase {
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
}
