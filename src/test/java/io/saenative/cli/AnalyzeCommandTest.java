package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.Latent;
import io.saenative.analysis.Shared;
import io.saenative.analysis.published.PublishedAnalysis;
import io.saenative.analysis.published.PublishedParity;
import io.saenative.analysis.published.PythonJson;
import io.saenative.data.Fixtures;
import io.saenative.data.Site;
import io.saenative.run.ResultFiles;
import io.saenative.run.TrainedSae;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Codes;
import io.saenative.sae.reference.ReferenceEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Analysis by command, of small SAEs trained here and of the experiment's own. */
class AnalyzeCommandTest {
  private static final int ROWS = 60;

  @TempDir private Path folder;

  private Path results;

  @BeforeEach
  void train() throws IOException {
    results = folder.resolve("results");
    LabelledRows.writeUnlabelled(folder.resolve("train.safetensors"), 29, 1);
    LabelledRows.write(folder.resolve("val.safetensors"), ROWS, 2);
    LabelledRows.writeUnlabelled(folder.resolve("unlabelled.safetensors"), 13, 2);
    LabelledRows.writeWithoutSteps(folder.resolve("stepless.safetensors"), 13, 2);
    Files.writeString(folder.resolve("short.jsonl"), "{\"problem_id\": 1, \"cot_sequence\": []}\n");
    run("--k 3 --no-analysis").succeeds();
  }

  private InProcess run(String arguments) {
    String size = arguments.contains("--latent-dim") ? "" : "--latent-dim 12 ";
    return InProcess.run(
        here(
            "--train-data @/train.safetensors --val-data @/val.safetensors --batch-size 8 --epochs"
                + " 2 --backend reference --output-dir @/results "
                + size
                + arguments));
  }

  /** Of the SAE with K = 3; @ is the folder of the test. */
  private InProcess analyze(String arguments) {
    String checkpoint =
        arguments.contains("--checkpoint")
            ? ""
            : "--checkpoint @/results/checkpoints/d12_k3.safetensors ";
    String backend = arguments.contains("--backend") ? "" : "--backend reference ";
    return InProcess.run(here("analyze " + backend + checkpoint + arguments));
  }

  private String here(String arguments) {
    return arguments.replace("@", folder.toString());
  }

  private DictionaryAnalysis analysis() {
    return ResultFiles.readAnalysis(results.resolve("analysis/analysis_k3.json"));
  }

  @Test
  void leavesOurFileAndTheExperiments() throws IOException {
    InProcess done =
        analyze("--val-data @/val.safetensors --train-data @/train.safetensors").succeeds();
    done.says(
        "12 latents, K = 3\n", "val.safetensors: 60 rows", "ranks 10-12 of 12", "60 steps parsed");
    assertFalse(done.out().contains("SYNTHETIC"));
    assertEquals(
        List.of(
            "activation_analysis_rank10-12_k3.json", "analysis_k3.json", "feature_labels_k3.json"),
        InProcess.files(results.resolve("analysis")));
    DictionaryAnalysis a = analysis();
    assertEquals("checkpoints/d12_k3.safetensors", a.sae().checkpoint());
    assertFalse(a.data().validation().synthetic());
    assertNull(a.labelled().planted());
    assertNotNull(a.activity().dead().both());
    assertEquals(200, a.labelled().specialised().control().permutations());
    JsonNode published =
        new ObjectMapper()
            .readTree(results.resolve("analysis/activation_analysis_rank10-12_k3.json").toFile());
    assertEquals(
        a.labelled().specialised().publishedWindow().count(),
        published.at("/metadata/specialized_features_found").asInt());
    assertEquals(
        a.labelled().specialised().publishedWindow().analysed(),
        published.at("/metadata/total_features_analyzed").asInt());
  }

  /** Counted again, row by row, from the codes. */
  @Test
  void everyLatentIsThere() throws IOException {
    analyze("--val-data @/val.safetensors --permutations 0").succeeds();
    DictionaryAnalysis a = analysis();
    TrainedSae sae = TrainedSae.read(results.resolve("checkpoints/d12_k3.safetensors"));
    int[] positive = new int[12];
    int[] negative = new int[12];
    try (Session session = new ReferenceEngine().open(sae.config(), Optimizer.adam(1, 1))) {
      session.setState(Session.State.PARAMETERS, sae.parameters());
      Codes codes =
          session.encodeTopK(Fixtures.read(folder.resolve("val.safetensors"), new Site(14, 3)).x());
      for (long i = 0; i < codes.values().size(); i++) {
        (codes.values().get(i) > 0 ? positive : negative)[(int) codes.indices().get(i)]++;
      }
    }
    for (int latent = 0; latent < 12; latent++) {
      Latent l = a.latents().get(latent);
      assertEquals(latent, l.latent());
      assertEquals(positive[latent], l.activity().positive());
      assertEquals(negative[latent], l.activity().negative());
      assertEquals(positive[latent] + negative[latent], l.activity().count());
      assertEquals(l.activity().count() / (double) ROWS, l.activity().frequency());
      assertEquals(l.activity().count() == 0, a.activity().dead().validation().contains(latent));
      assertEquals(l.activity().count() == 0, l.published() == null);
      assertEquals(
          a.labelled().specialised().sound().latents().contains(latent),
          l.sound().stream().anyMatch(s -> s.specialised()));
      assertEquals(Math.min(10, l.activity().count()), l.topRows().size());
      assertEquals(5, l.geometry().nearest().size());
      l.topRows().forEach(row -> assertEquals("p" + row.row(), row.problemId()));
    }
    assertNull(a.activity().dead().train());
    assertNull(a.labelled().specialised().control());
    assertNull(a.labelled().specialised().sound().chance());
  }

  @Test
  void findsWhatWasPutIntoTheRows() {
    analyze("--val-data @/val.safetensors --min-lift 1.5").succeeds();
    DictionaryAnalysis a = analysis();
    assertEquals(1.5, a.labelled().criteria().lift());
    assertTrue(
        a.labelled().concepts().stream()
            .anyMatch(c -> c.concept().name().equals("addition") && c.rows() == ROWS / 3));
    assertTrue(
        a.latents().stream()
            .flatMap(l -> l.sound().stream())
            .anyMatch(s -> s.specialised() && s.concept().name().equals("addition")),
        "rows that add are far from the others in one direction");
    assertTrue(
        a.labelled().specialised().sound().count()
            > a.labelled().specialised().sound().chance().percentile95());
  }

  @Test
  void runLeavesTheSameAnalysisAndAReport() throws IOException {
    InProcess both = run("--k 2 3 --start-rank 4 --seed 5 --overwrite").succeeds();
    both.says(
        "published",
        "(chance)",
        "ranks 4-12 of 12",
        "summary  " + results.resolve("large_k_summary.json"),
        "report   " + results.resolve("report.html"));
    assertEquals(6, InProcess.files(results.resolve("analysis")).size());
    assertTrue(Files.size(results.resolve("report.html")) > 0);
    assertTrue(Files.size(results.resolve("figures/large_k_comparison.png")) > 0);
    DictionaryAnalysis byRun = analysis();
    analyze("--val-data @/val.safetensors --train-data @/train.safetensors --start-rank 4 --seed 5")
        .succeeds();
    assertEquals(byRun, analysis());
  }

  /** The other K's results would be lost, or stand beside ones of other criteria. */
  @Test
  void otherCriteriaNeedAFolderOfTheirOwn() throws IOException {
    run("--k 2 3").succeeds();
    String before = Files.readString(results.resolve("large_k_summary.json"));
    run("--k 3 --q 0.01").fails(2, "q 0.05, not 0.01");
    run("--k 3 --q 0.01 --resume").fails(2, "q 0.05, not 0.01");
    assertEquals(before, Files.readString(results.resolve("large_k_summary.json")));
  }

  @Test
  void anAnalysisDoesNotOutliveItsSae() throws IOException {
    run("--k 2 3").succeeds();
    analyze("--val-data @/val.safetensors --start-rank 1 --end-rank 5").succeeds();
    assertEquals(7, InProcess.files(results.resolve("analysis")).size());
    run("--k 3 --no-analysis").succeeds();
    assertEquals(
        3,
        InProcess.files(results.resolve("analysis")).size(),
        "those of K = 2 are of the same run");
    assertFalse(Files.exists(results.resolve("analysis/analysis_k3.json")));
    run("--k 3 --seed 1 --no-analysis --overwrite").succeeds();
    assertEquals(
        List.of(), InProcess.files(results.resolve("analysis")), "those of K = 2 are of another");
  }

  @Test
  void withoutChainsOfThoughtItDoesWhatCanBeDone() throws IOException {
    analyze("--val-data @/unlabelled.safetensors")
        .succeeds()
        .says("no chains of thought", "--val-labels");
    DictionaryAnalysis a = analysis();
    assertNull(a.labelled());
    assertTrue(a.specialised().isEmpty());
    assertFalse(a.testable());
    assertEquals(12, a.activity().frequency().count());
    assertEquals(List.of("analysis_k3.json"), InProcess.files(results.resolve("analysis")));
  }

  @Test
  void chainsWithoutStepsHaveNoConcepts() {
    InProcess done = analyze("--val-data @/stepless.safetensors").succeeds();
    done.says("13 of 13 chains of thought hold no step that could be parsed");
    done.finds("dead on 13 validation rows; specialisation could not be tested: analysis in ");
    assertFalse(done.out().contains(" / 12"), done.out());
    DictionaryAnalysis a = analysis();
    assertFalse(a.testable());
    assertEquals(13, a.labelled().parseReport().rowsWithoutSteps());
    assertEquals(List.of(), a.labelled().concepts());
    assertEquals(0, a.labelled().specialised().sound().count());
    assertEquals(0, a.labelled().specialised().published().count());
  }

  /** "0 of 12 are specialised" would be untrue where no step could be parsed. */
  @Test
  void whatCouldNotBeTestedIsNotCounted() throws IOException {
    LabelledRows.writeProse(folder.resolve("prose.safetensors"), 13, 2);
    InProcess done = analyze("--val-data @/prose.safetensors").succeeds();
    done.says(
        "13 of 13 chains of thought hold no step that could be parsed: nothing could be tested; a"
            + " step reads like 12*3=36 (docs/metrics.md)");
    DictionaryAnalysis a = analysis();
    assertFalse(a.testable());
    assertEquals(13, a.labelled().parseReport().steps());
    assertEquals(0, a.labelled().specialised().sound().analysed());
    assertNull(a.labelled().specialised().sound().chance());
    assertTrue(a.labelled().specialised().published().analysed() > 0, "it reads any text");
    String line = done.out().lines().filter(l -> l.startsWith("     3 ")).findFirst().orElseThrow();
    List<String> cells = List.of(line.trim().split("  +"));
    assertEquals("-", cells.get(2), line);
    analyze("--val-data @/val.safetensors --min-support 61")
        .succeeds()
        .says("no concept holds on 61 rows or more", "--min-support");
    assertFalse(analysis().testable());
    analyze("--val-data @/val.safetensors").succeeds();
    assertTrue(analysis().testable());
  }

  @Test
  void theLastLineIsWhatWasFound() {
    InProcess done = analyze("--val-data @/val.safetensors --min-lift 1.5").succeeds();
    DictionaryAnalysis a = analysis();
    done.finds(
        "%d of %d latents specialised by the sound rule (by chance %.1f)"
            .formatted(
                a.labelled().specialised().sound().count(),
                a.labelled().specialised().sound().analysed(),
                a.labelled().specialised().sound().chance().mean()));
    done.finds("analysis in " + results.resolve("analysis/analysis_k3.json"));
  }

  @Test
  void quietSaysTheFindingAloneAndJsonIsTheFile() throws IOException {
    InProcess quiet = analyze("--val-data @/val.safetensors --quiet").succeeds();
    assertEquals(1, quiet.out().lines().count(), quiet.out());
    InProcess json = analyze("--val-data @/val.safetensors --json");
    assertEquals(
        new ObjectMapper().readTree(results.resolve("analysis/analysis_k3.json").toFile()),
        json.json());
    json.err().lines().filter(line -> line.startsWith("sae ")).findFirst().orElseThrow();
  }

  @Test
  void tablesFit80Columns() {
    analyze("--val-data @/val.safetensors")
        .out()
        .lines()
        .filter(line -> line.matches(" +(K|3) .*"))
        .forEach(line -> assertTrue(line.length() <= 80, line));
  }

  @Test
  void resultsOfACheckpointElsewhereGoWhereTheyAreSent() throws IOException {
    Path copy = folder.resolve("copy.pt");
    Files.copy(results.resolve("checkpoints/d12_k3.pt"), copy);
    analyze("--checkpoint @/copy.pt --val-data @/val.safetensors --output-dir @/there").succeeds();
    assertEquals(3, InProcess.files(folder.resolve("there/analysis")).size());
    DictionaryAnalysis a =
        ResultFiles.readAnalysis(folder.resolve("there/analysis/analysis_k3.json"));
    assertEquals(copy.toString(), a.sae().checkpoint());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                                           | was trained beside",
        "--checkpoint @/results/checkpoints/d12_k3.pt    | give --val-data FILE, or"
            + " the .safetensors beside it",
        "--checkpoint @/none.safetensors                              | there is no checkpoint",
        "--checkpoint @/val.safetensors                               | is not a checkpoint of this"
            + " program",
        "--checkpoint @/short.jsonl                                   | must end in .pt or"
            + " .safetensors",
        "--val-data @/none.pt                                         | none.pt",
        "--val-data @/narrow.safetensors                              | takes inputs 7 wide",
        "--val-data @/val.safetensors --train-data @/narrow.safetensors | takes inputs 7 wide",
        "--val-data @/val.safetensors --val-labels @/short.jsonl      | 1 labels for 60 rows",
        "--val-data @/val.safetensors --layer 13                      | is for no layer in"
            + " particular, not layer 13",
        "--val-data @/val.safetensors --position 0                    | is for no position in"
            + " particular, not position 0",
        "--val-data @/val.safetensors --end-rank 13                   | do not lie in 1 to 12",
        "--val-data @/val.safetensors --start-rank 0                  | --start-rank must be 1 or"
            + " more",
        "--val-data @/val.safetensors --start-rank 5 --end-rank 4     | --end-rank not below it",
        "--val-data @/val.safetensors --min-support 0                 | support of at least 1",
        "--val-data @/val.safetensors --q 0                           | q above 0",
        "--val-data @/val.safetensors --min-precision 1.1             | precision from 0 to 1",
        "--val-data @/val.safetensors --min-lift -1                   | lift from 0",
        "--val-data @/val.safetensors --output-dir @/short.jsonl      | choose another"
            + " --output-dir",
        "--val-data @/val.safetensors --backend cpu --precision bf16  | has no precision but fp32",
      })
  void whatCannotBeDoneIsToldInOneLine(String arguments, String reason) throws IOException {
    LabelledRows.writeNarrow(folder.resolve("narrow.safetensors"));
    List<String> before = InProcess.files(folder);
    analyze(arguments).fails(1, reason);
    assertEquals(before, InProcess.files(folder));
    assertFalse(Files.exists(results.resolve("analysis")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--train-data @/train.safetensors   | --train-data belongs to --val-data",
        "--val-labels @/short.jsonl         | --val-labels belongs to --val-data",
        "--permutations -1                  | --permutations must be",
        "--threads -1                       | --threads must be",
        "--threads 1025                     | --threads must be",
        "--threads two                      | 'two' is not a whole number",
        "--backend abacus                   | there is no backend 'abacus'",
        "--start-rank first                 | 'first' is not a whole number",
        "--k 3                              | Unknown option",
      })
  void wrongUsageToo(String arguments, String reason) {
    InProcess done = analyze(arguments);
    assertEquals(Task.USAGE, done.code());
    assertTrue(done.err().startsWith("sae-native: ") && done.err().contains(reason), done.err());
    InProcess.run("analyze").fails(Task.USAGE, "Missing required option: '--checkpoint");
  }

  @Test
  void aDictionaryOfOneLatentIsRefused() throws IOException {
    run("--k 1 --latent-dim 1").fails(1, "two latents at least");
    run("--k 1 --latent-dim 1 --no-analysis --overwrite").succeeds();
    analyze(
            "--checkpoint @/results/checkpoints/d1_k1.safetensors --val-data"
                + " @/val.safetensors")
        .fails(1, "two latents at least");
    assertFalse(Files.exists(results.resolve("analysis")));
  }

  /** The experiment's own checkpoints on real activations give the experiment's own files. */
  @ParameterizedTest
  @CsvSource({
    "100, 50, 200, activation_analysis_layer3_pos3_rank50-200.json",
    "100, 400, 512, activation_analysis_layer3_pos3_rank400-512.json",
    "300, 50, 200, activation_analysis_layer3_pos3_rank50-200_k300.json",
    "300, 400, 512, activation_analysis_layer3_pos3_rank400-512_k300.json"
  })
  void theExperimentsFilesComeOut(int k, int start, int end, String name) throws Exception {
    PublishedAnalysis expected =
        PythonJson.read(Shared.text("pipeline/" + name), PublishedAnalysis.class);
    PublishedParity.assertSame(expected, ofPipeline(k, start, end), ofPipeline(k, 1, 512));
  }

  private PublishedAnalysis ofPipeline(int k, int start, int end) throws IOException {
    analyze(
            "--checkpoint %s --val-data %s --permutations 0 --output-dir @/real --start-rank %d --end-rank %d"
                .formatted(
                    Shared.file("pipeline/pos3_layer3_d512_k" + k + ".pt"),
                    Shared.file("pipeline/lm_val_activations.pt"),
                    start,
                    end))
        .succeeds();
    String name = "activation_analysis_layer3_pos3_rank%d-%d_k%d.json".formatted(start, end, k);
    return PythonJson.read(
        Files.readString(folder.resolve("real/analysis").resolve(name)), PublishedAnalysis.class);
  }
}
