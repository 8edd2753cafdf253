package io.saenative.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.UserError;
import io.saenative.data.Site;
import io.saenative.run.RunFolder.Kind;
import io.saenative.run.RunSummary.Computer;
import io.saenative.run.RunSummary.Details;
import io.saenative.run.RunSummary.ExplainedVariance;
import io.saenative.sae.Evaluation;
import io.saenative.train.History;
import io.saenative.train.RandomRuns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunSummaryTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path THEIRS =
      Path.of(
          System.getProperty("sae.shared", "../shared"),
          "pipeline",
          "large_k_summary_layer3_pos3.json");
  private static final History HISTORY =
      new History(List.of(new History.Epoch(0.1, Math.nextUp(0.2), 0.3, 0.25, 1.5)));

  @TempDir private Path folder;

  private Path file;

  @BeforeEach
  void name() {
    file = new RunFolder(folder).file(Kind.SUMMARY, Optional.of(new Site(14, 3)));
  }

  @Test
  void startsWithTheExperimentsKeys() throws IOException {
    assumeTrue(Files.exists(THEIRS), "needs the experiment's summary in the shared folder");
    JsonNode theirs = JSON.readTree(THEIRS.toFile());
    ResultFiles.add(file, summary(2, 5, 0.5), false);
    JsonNode ours = JSON.readTree(file.toFile());
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
  void whatIsWrittenIsReadToTheBit() throws IOException {
    RunSummary summary = summary(2, 5, 1.0 / 3);
    ResultFiles.add(file, summary, false);
    RunSummary back = ResultFiles.readSummary(file);
    assertEquals(summary.config(), back.config());
    assertEquals(summary.results(), back.results());
    Details written = summary.saeNative().results().get(2);
    Details read = back.saeNative().results().get(2);
    assertEquals(written.xVariance(), read.xVariance());
    assertEquals(written.epochSeconds(), read.epochSeconds()); // the first is null in the file
    assertEquals(written.computedBy(), read.computedBy());
    assertEquals(written.explainedVariance().r2(), read.explainedVariance().r2());
    assertEquals(Optional.empty(), summary.difference(back));

    JsonNode root = JSON.readTree(file.toFile());
    assertEquals(Math.nextUp(0.2), root.at("/results/2/history/val_loss/0").doubleValue());
    assertTrue(Double.isInfinite(written.explainedVariance().meanOfRatios()));
    assertTrue(root.at("/sae_native/results/2/ev/mean_of_ratios").isNull()); // JSON has no infinity
    assertTrue(Double.isNaN(read.explainedVariance().meanOfRatios()));
    assertEquals("digest 1", root.at("/sae_native/data/train/sha256").textValue());
    assertEquals("ab", root.at("/sae_native/results/2/weights_sha256").textValue());
    assertEquals(29, root.at("/config/train_samples").intValue());
    assertEquals(14, root.at("/config/layer").intValue());
  }

  @Test
  void rowsThatStateNoSiteHaveNone() throws IOException {
    RunSummary summary =
        RunSummary.of(
            RandomRuns.provenance(RandomRuns.run(2, 1, 5)),
            data(Optional.empty()),
            Optional.empty(),
            result(0.5),
            details());
    ResultFiles.add(file, summary, false);
    assertTrue(JSON.readTree(file.toFile()).at("/config/layer").isNull());
    assertEquals(Optional.empty(), ResultFiles.readSummary(file).site());
  }

  @Test
  void resultsOfTheSameSettingsAreMerged() throws IOException {
    ResultFiles.add(file, summary(10, 5, 0.5), false);
    ResultFiles.add(file, summary(2, 5, 0.4), false);
    ResultFiles.add(file, summary(3, 5, 0.3), false);
    ResultFiles.add(file, summary(2, 5, 0.1), false);
    JsonNode root = JSON.readTree(file.toFile());
    assertEquals(List.of("2", "3", "10"), keys(root.get("results")));
    assertEquals("[2,3,10]", root.at("/config/k_values").toString());
    assertEquals(List.of("2", "3", "10"), keys(root.at("/sae_native/results")));
    assertEquals(0.1 / (13 * 7), root.at("/results/2/metrics/reconstruction_loss").doubleValue());
    assertEquals(0.5 / (13 * 7), root.at("/results/10/metrics/reconstruction_loss").doubleValue());
  }

  @Test
  void resultsOfOtherSettingsAreNeverMixed() throws IOException {
    ResultFiles.add(file, summary(10, 5, 0.5), false);
    String before = Files.readString(file);
    RunSummary other = summary(2, 6, 0.4);
    UserError e = assertThrows(UserError.class, () -> ResultFiles.add(file, other, false));
    assertTrue(e.getMessage().contains("seed 5, not 6"), e::getMessage);
    assertEquals(before, Files.readString(file));
    ResultFiles.add(file, other, true);
    assertEquals(List.of("2"), keys(JSON.readTree(file.toFile()).get("results")));
  }

  @Test
  void anothersFileIsNotReplaced() throws IOException {
    for (String text : new String[] {"{\"config\": {}, \"results\": {}}", "[", "", "7"}) {
      Files.writeString(file, text);
      UserError e =
          assertThrows(UserError.class, () -> ResultFiles.add(file, summary(2, 5, 1), true));
      assertTrue(e.getMessage().contains(file.toString()), e::getMessage);
      assertEquals(text, Files.readString(file));
    }
  }

  @Test
  void aFieldThatIsMissingOrOfAnotherKindIsNamed() throws IOException {
    ResultFiles.add(file, summary(2, 5, 1), false);
    String good = Files.readString(file);
    for (String[] change :
        new String[][] {
          {"\"latent_dim\"", "config"},
          {"\"reconstruction_loss\"", "results.2.metrics"}
        }) {
      assertTrue(good.contains(change[0]), change[0]);
      Files.writeString(file, good.replace(change[0], "\"something\""));
      UserError e = assertThrows(UserError.class, () -> ResultFiles.readSummary(file));
      assertTrue(e.getMessage().contains(change[1]), e::getMessage);
    }
    assertTrue(good.contains("\"latent_dim\" : 12"));
    Files.writeString(file, good.replace("\"latent_dim\" : 12", "\"latent_dim\" : \"x\""));
    UserError e = assertThrows(UserError.class, () -> ResultFiles.readSummary(file));
    assertTrue(e.getMessage().contains("config.latent_dim"), e::getMessage);
  }

  private static RunSummary summary(int k, long seed, double errorSquared) {
    return RunSummary.of(
        RandomRuns.provenance(RandomRuns.run(k, 1, seed)),
        data(Optional.of(new Site(14, 3))),
        Optional.empty(),
        result(errorSquared),
        details());
  }

  private static RunData data(Optional<Site> site) {
    return new RunData(RandomRuns.rows(29, 1), RandomRuns.rows(13, 2), 1, null, site, 0);
  }

  private static RunSummary.Result result(double errorSquared) {
    return new RunSummary.Result(
        RunSummary.Metrics.of(evaluation(errorSquared)), RunSummary.Curves.of(HISTORY));
  }

  private static Details details() {
    return new Details(
        ExplainedVariance.of(evaluation(0.5)),
        1.0 / 3,
        1.5,
        List.of(Double.NaN, 1.5),
        "checkpoints/k.safetensors",
        "ab",
        new Computer("sae-native run", "1", "25", "Linux", "reference", "plain Java"));
  }

  private static Evaluation evaluation(double errorSquared) {
    return new Evaluation(
        13,
        7,
        new Evaluation.Sums(4, 50, 40),
        new Evaluation.Sums(0.01, errorSquared, 0.2),
        Double.POSITIVE_INFINITY,
        26,
        12.5,
        new long[12]);
  }

  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }
}
