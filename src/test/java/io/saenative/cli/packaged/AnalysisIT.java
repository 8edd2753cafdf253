package io.saenative.cli.packaged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.data.synthetic.SyntheticData;
import io.saenative.train.RandomRuns;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole experiment with the jar, on the synthetic set, and its parts done again from its
 * checkpoints.
 */
class AnalysisIT {
  private static final List<String> KEYS =
      List.of(
          "format",
          "sae",
          "made_by",
          "data",
          "evaluation",
          "activity",
          "labelled",
          "latents",
          "geometry");

  @TempDir private Path folder;

  @Test
  void runAnalysesEachK() throws Exception {
    PackagedJar jar = PackagedJar.in(folder);
    PackagedJar.Result run =
        jar.run(
            "--k",
            "4",
            "16",
            "--latent-dim",
            "64",
            "--epochs",
            "2",
            "--permutations",
            "20",
            "--output-dir",
            "here");
    assertEquals(0, run.code(), run.err());
    assertEquals("", run.err());
    assertTrue(
        run.out().contains("20 permutations") && run.out().contains("ranks 50-64 of 64"),
        run.out());
    assertEquals(
        List.of(
            "activation_analysis_layer14_pos3_rank50-64_k16.json",
            "activation_analysis_layer14_pos3_rank50-64_k4.json",
            "analysis_layer14_pos3_k16.json",
            "analysis_layer14_pos3_k4.json",
            "feature_labels_layer14_pos3_k16.json",
            "feature_labels_layer14_pos3_k4.json"),
        files());

    assertTrue(Files.size(folder.resolve("here/report.html")) > 0);
    assertTrue(Files.size(folder.resolve("here/figures/large_k_comparison.svg")) > 0);

    JsonNode byRun = json("analysis_layer14_pos3_k16.json");
    List<String> keys = new ArrayList<>();
    byRun.fieldNames().forEachRemaining(keys::add);
    assertEquals(KEYS, keys);
    assertTrue(byRun.at("/data/validation/synthetic").booleanValue());
    assertEquals(64, byRun.at("/latents").size());
    assertEquals(1495, byRun.at("/data/rows").intValue());
    for (String theirs :
        List.of(
            "activation_analysis_layer14_pos3_rank50-64_k16.json",
            "feature_labels_layer14_pos3_k16.json")) {
      assertTrue(json(theirs).at("/synthetic_data").booleanValue(), theirs);
    }
    int planted = SyntheticData.generate().truth().directions().size();
    assertEquals(planted, byRun.at("/labelled/planted/recovery/planted").intValue());
    assertTrue(byRun.at("/labelled/planted/sound/labelled").intValue() < planted);
    JsonNode summary =
        new ObjectMapper()
            .readTree(folder.resolve("here/large_k_summary_layer14_pos3.json").toFile());
    assertEquals(
        summary.at("/results/16/metrics/reconstruction_loss").doubleValue(),
        byRun.at("/evaluation/loss").doubleValue());
    assertEquals(
        summary.at("/results/16/metrics/num_dead_features").intValue(),
        byRun.at("/activity/dead/validation").size());

    PackagedJar.Result again =
        jar.run(
            "analyze",
            "--checkpoint",
            "here/checkpoints/pos3_layer14_d64_k16.safetensors",
            "--permutations",
            "20");
    assertEquals(0, again.code(), again.err());
    assertTrue(again.out().contains("SYNTHETIC"), again.out());
    assertEquals(byRun, json("analysis_layer14_pos3_k16.json"));

    PackagedJar.Result ablate =
        jar.run("ablate", "--checkpoint", "here/checkpoints/pos3_layer14_d64_k16.safetensors");
    assertEquals(0, ablate.code(), ablate.err());
    assertFalse(ablate.out().contains("FALSE"), ablate.out());
    assertEquals(11, json("ablation_layer14_pos3_k16.json").at("/results").size());
  }

  /**
   * Analysis proper, files included, in a Java that has just started: about 1.7 s on two free
   * cores; the bound is for load.
   */
  @Test
  void theExperimentsSizeTakesAMoment() throws Exception {
    Path pipeline =
        Path.of(System.getProperty("sae.shared", "../shared"), "pipeline").toAbsolutePath();
    assumeTrue(Files.exists(pipeline), "needs the experiment's data in the shared folder");
    PackagedJar.Result done =
        PackagedJar.in(folder)
            .run(
                "analyze",
                "--checkpoint",
                pipeline.resolve("pos3_layer3_d512_k300.pt").toString(),
                "--val-data",
                pipeline.resolve("lm_val_activations.pt").toString(),
                "--output-dir",
                "here");
    assertEquals(0, done.code(), done.err());
    String line = done.out().lines().filter(l -> l.startsWith("   300 ")).findFirst().orElseThrow();
    double seconds = Double.parseDouble(line.substring(line.lastIndexOf(' ')));
    assertTrue(seconds < 10, line);
  }

  /** 400,000 labels as objects would need twice the heap. */
  @Test
  void memoryDoesNotGrowWithTheRows() throws Exception {
    int rows = 400_000;
    PackagedJar jar = PackagedJar.in(folder);
    jar.writeData();
    assertEquals(0, jar.runSmall("--epochs", "1", "--no-analysis").code());
    jar.write("many.safetensors", RandomRuns.rows(rows, 3).x());
    try (BufferedWriter labels = Files.newBufferedWriter(folder.resolve("many.jsonl"))) {
      for (int row = 0; row < rows; row++) {
        labels.write(
            "{\"problem_id\": \"p%d\", \"cot_sequence\": [\"%d+2=7\", \"3*%d=8\"]}\n"
                .formatted(row, row % 100, row));
      }
    }
    ProcessBuilder small =
        new ProcessBuilder(
            jar.command(
                List.of(
                    "analyze",
                    "--checkpoint",
                    "results/checkpoints/d12_k3.safetensors",
                    "--val-data",
                    "many.safetensors",
                    "--permutations",
                    "20")));
    small.environment().put("JDK_JAVA_OPTIONS", "-Xmx128m");
    Process process = small.directory(folder.toFile()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), out);
    assertTrue(
        out.contains(
            "20 permutations of the labels of a sample of 65,536 rows; 800,000 steps parsed"),
        out);
  }

  private JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve("here/analysis").resolve(name).toFile());
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("here/analysis"))) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }
}
