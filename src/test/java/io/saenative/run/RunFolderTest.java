package io.saenative.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.UserError;
import io.saenative.data.Site;
import io.saenative.run.RunFolder.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  private static final Optional<Site> SITE = Optional.of(new Site(14, 3));
  private static final Optional<Site> NONE = Optional.empty();

  @TempDir private Path folder;

  /** All names, with a site and without. */
  @Test
  void theNamesOfARun() {
    assertEquals(
        List.of(
            "large_k_summary_layer14_pos3.json",
            "checkpoints/pos3_layer14_d512_k300.safetensors",
            "checkpoints/pos3_layer14_d512_k300.pt",
            "analysis/analysis_layer14_pos3_k300.json",
            "analysis/activation_analysis_layer14_pos3_rank400-512_k300.json",
            "analysis/feature_labels_layer14_pos3_k300.json",
            "analysis/ablation_layer14_pos3_k300.json",
            "figures/large_k_comparison.png",
            "report.html"),
        names(SITE));
    assertEquals(
        List.of(
            "large_k_summary.json",
            "checkpoints/d512_k300.safetensors",
            "checkpoints/d512_k300.pt",
            "analysis/analysis_k300.json",
            "analysis/activation_analysis_rank400-512_k300.json",
            "analysis/feature_labels_k300.json",
            "analysis/ablation_k300.json",
            "figures/large_k_comparison.png",
            "report.html"),
        names(NONE));
  }

  @Test
  void everyNameIsRecognisedAsWhatItIs() throws IOException {
    Map<Kind, Integer> expected = new EnumMap<>(Kind.class);
    for (Optional<Site> site : List.of(SITE, NONE)) {
      List<Path> files = files(site);
      for (Kind kind : Kind.values()) {
        Path file = files.get(kind.ordinal());
        Files.createDirectories(file.getParent());
        if (!Files.exists(file)) {
          Files.createFile(file);
          expected.merge(kind, 1, Integer::sum);
        }
      }
    }
    for (String other :
        List.of(
            "notes.json",
            "large_k_summary_layer14_pos3.json.bak",
            "analysis/analysis_layer14_k300.json",
            "checkpoints/best.safetensors",
            "checkpoints/pos3_layer14_d512_k300.safetensors.old")) {
      Files.createFile(folder.resolve(other));
    }
    RunFolder run = new RunFolder(folder);
    for (Kind kind : Kind.values()) {
      assertEquals(expected.get(kind), run.files(kind).size(), kind.name());
    }
    assertEquals(List.of(), run.files(Kind.ANALYSIS, 30));
    assertEquals(2, run.files(Kind.ANALYSIS, 300).size());
  }

  @Test
  void aFolderThatIsNotThereHasNoFiles() {
    assertEquals(List.of(), new RunFolder(folder.resolve("none")).files(Kind.CHECKPOINT));
  }

  @Test
  void filesInTheFolderAreNamedByTheirPathInIt() {
    RunFolder run = new RunFolder(folder);
    assertEquals(
        "checkpoints/d512_k300.pt",
        run.relative(run.file(Kind.EXPERIMENT_CHECKPOINT, NONE, 512, 300)));
    assertEquals(
        "/elsewhere/a.pt", new RunFolder(folder.resolve("a")).relative(Path.of("/elsewhere/a.pt")));
  }

  @Test
  void noFolderIsLeftWhereTheLastCannotBeMade() {
    RunFolder run = new RunFolder(folder.resolve("a/b/" + "c".repeat(300)));
    UserError e = assertThrows(UserError.class, run::requireWritable);
    assertTrue(e.getMessage().contains("--output-dir"), e::getMessage);
    assertFalse(Files.exists(folder.resolve("a")));
  }

  private List<String> names(Optional<Site> site) {
    return files(site).stream().map(new RunFolder(folder)::relative).toList();
  }

  /** One of each kind. */
  private List<Path> files(Optional<Site> site) {
    RunFolder run = new RunFolder(folder);
    return List.of(
        run.file(Kind.SUMMARY, site),
        run.file(Kind.CHECKPOINT, site, 512, 300),
        run.file(Kind.EXPERIMENT_CHECKPOINT, site, 512, 300),
        run.file(Kind.ANALYSIS, site, 300),
        run.file(Kind.PUBLISHED_ANALYSIS, site, 400, 512, 300),
        run.file(Kind.FEATURE_LABELS, site, 300),
        run.file(Kind.ABLATION, site, 300),
        run.figure("large_k_comparison", "png"),
        run.report());
  }
}
