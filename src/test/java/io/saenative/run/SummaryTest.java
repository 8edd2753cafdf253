package io.saenative.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.UserError;
import io.saenative.sae.Evaluation;
import io.saenative.train.History;
import io.saenative.train.RandomRuns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SummaryTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path THEIRS =
      Path.of(
          System.getProperty("sae.shared", "../shared"),
          "pipeline",
          "large_k_summary_layer3_pos3.json");
  private static final History HISTORY =
      new History(List.of(new History.Epoch(0.1, Math.nextUp(0.2), 0.3, 0.25, 1.5)));

  @TempDir private Path folder;

  @Test
  void startsWithTheExperimentsKeys() throws IOException {
    assumeTrue(Files.exists(THEIRS), "needs the experiment's summary in the shared folder");
    JsonNode theirs = JSON.readTree(THEIRS.toFile());
    Summary summary = summary(29);
    summary.add(result(2, 5, 0.5));
    JsonNode ours = JSON.readTree(summary.file().toFile());
    List<String> top = new ArrayList<>(keys(theirs));
    top.add("sae_native");
    assertEquals(top, keys(ours));
    assertEquals(keys(theirs.get("config")), keys(ours.get("config")));
    JsonNode their = theirs.get("results").get("50");
    JsonNode our = ours.get("results").get("2");
    assertEquals(keys(their), keys(our));
    assertEquals(keys(their.get("metrics")), keys(our.get("metrics")));
    assertEquals(keys(their.get("history")), keys(our.get("history")));
    their
        .get("metrics")
        .properties()
        .forEach(
            e ->
                assertEquals(
                    e.getValue().isInt(), our.get("metrics").get(e.getKey()).isInt(), e.getKey()));
  }

  @Test
  void numbersComeBackToTheBit() throws IOException {
    Summary summary = summary(29);
    Summary.Result result = result(2, 5, 1.0 / 3);
    summary.add(result);
    JsonNode root = JSON.readTree(summary.file().toFile());
    Evaluation v = result.validation();
    assertEquals(v.loss(), root.at("/results/2/metrics/reconstruction_loss").doubleValue());
    assertEquals(Math.nextUp(0.2), root.at("/results/2/history/val_loss/0").doubleValue());
    JsonNode further = root.at("/sae_native/results/2");
    assertEquals(v.evPerDimension(), further.get("ev_per_dimension").doubleValue());
    assertEquals(v.evR2(), further.get("ev_r2").doubleValue());
    assertEquals(v.xVariance(), further.get("x_variance").doubleValue());
    assertTrue(further.get("ev_mean_of_ratios").isNull()); // minus infinity, which JSON cannot hold
    assertEquals("digest 1", root.at("/sae_native/data/train/sha256").textValue());
    assertEquals(29, root.at("/config/train_samples").intValue());
  }

  @Test
  void resultsOfTheSameSettingsAreMerged() throws IOException {
    Summary summary = summary(29);
    summary.add(result(10, 5, 0.5));
    summary.add(result(2, 5, 0.4));
    assertEquals(Optional.empty(), summary(29).replaces(result(3, 5, 1).provenance()));
    summary(29).add(result(3, 5, 0.3));
    summary(29).add(result(2, 5, 0.1));
    JsonNode root = JSON.readTree(summary.file().toFile());
    assertEquals(List.of("2", "3", "10"), keys(root.get("results")));
    assertEquals("[2,3,10]", root.at("/config/k_values").toString());
    assertEquals(List.of("2", "3", "10"), keys(root.at("/sae_native/results")));
    assertEquals(0.1 / (13 * 7), root.at("/results/2/metrics/reconstruction_loss").doubleValue());
    assertEquals(0.5 / (13 * 7), root.at("/results/10/metrics/reconstruction_loss").doubleValue());
  }

  @Test
  void resultsOfOtherSettingsAreNeverMixed() throws IOException {
    summary(29).add(result(10, 5, 0.5));
    Summary other = summary(29);
    String note = other.replaces(result(2, 6, 1).provenance()).orElseThrow();
    assertTrue(note.contains("seed 5, not 6"), note);
    assertTrue(Files.readString(other.file()).contains("\"10\"")); // asking changes nothing
    other.add(result(2, 6, 0.4));
    assertEquals(List.of("2"), keys(JSON.readTree(other.file().toFile()).get("results")));
  }

  @Test
  void anothersFileIsNotReplaced() throws IOException {
    Summary summary = summary(29);
    for (String text : new String[] {"{\"config\": {}, \"results\": {}}", "[", ""}) {
      Files.writeString(summary.file(), text);
      UserError e =
          assertThrows(UserError.class, () -> summary.replaces(result(2, 5, 1).provenance()));
      assertTrue(e.getMessage().contains(summary.file().toString()), e::getMessage);
      assertThrows(UserError.class, () -> summary.add(result(2, 5, 1)));
      assertEquals(text, Files.readString(summary.file()));
    }
  }

  private Summary summary(int trainRows) {
    return new Summary(
        folder, 14, 3, trainRows, 13, new Summary.Program("1", "plain Java", "asked for"));
  }

  private static Summary.Result result(int k, long seed, double errorSquared) {
    Evaluation v =
        new Evaluation(
            13,
            7,
            4,
            50,
            40,
            0.01,
            errorSquared,
            0.2,
            Double.POSITIVE_INFINITY,
            26,
            12.5,
            new long[12]);
    return new Summary.Result(
        RandomRuns.provenance(RandomRuns.run(k, 1, seed)),
        v,
        HISTORY,
        "checkpoints/k" + k + ".safetensors");
  }

  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }
}
