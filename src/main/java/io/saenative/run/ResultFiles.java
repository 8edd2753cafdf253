package io.saenative.run;

import io.saenative.UserError;
import io.saenative.analysis.AblationReport;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.SaeAnalysis;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.PythonJson;
import io.saenative.data.Site;
import io.saenative.format.AtomicFile;
import io.saenative.run.RunFolder.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a run leaves for people and programs, as files of its folder: its summary, to which several
 * processes may add their K at the same time, and what is known of the latents of each SAE.
 */
public final class ResultFiles {
  private ResultFiles() {}

  /**
   * Writes all files of an analysis, each whole or not at all, and returns ours. Without chains of
   * thought the experiment's are not written.
   */
  public static Path write(RunFolder folder, SaeAnalysis analysis) {
    DictionaryAnalysis d = analysis.dictionary();
    Optional<Site> site = d.site();
    RankWindow window = d.activity().window();
    folder.requireFolder(Kind.ANALYSIS);
    analysis
        .experimentFiles()
        .ifPresent(
            files -> {
              writePublished(
                  folder.file(Kind.PUBLISHED_ANALYSIS, site, window.start(), window.end(), d.k()),
                  files.published());
              writePublished(folder.file(Kind.FEATURE_LABELS, site, d.k()), files.featureLabels());
            });
    Path file = folder.file(Kind.ANALYSIS, site, d.k());
    JsonFile.write(file, d);
    return file;
  }

  /** Writes what interventions did, whole or not at all. */
  public static Path write(RunFolder folder, AblationReport report) {
    folder.requireFolder(Kind.ABLATION);
    Path file =
        folder.file(Kind.ABLATION, Optional.ofNullable(report.sae().site()), report.sae().k());
    JsonFile.write(file, report);
    return file;
  }

  private static void writePublished(Path file, Object content) {
    AtomicFile.write(
        file, out -> out.write(PythonJson.write(content).getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Reads an analysis.
   *
   * @throws UserError if the file is none of this version
   */
  public static DictionaryAnalysis readAnalysis(Path file) {
    String format = JsonFile.field(file, "format").orElse(null);
    if (!DictionaryAnalysis.FORMAT.equals(format)) {
      throw new UserError(
          ("%s is not an analysis of this version: its 'format' is '%s', not '%s': make it anew"
                  + " with analyze")
              .formatted(file, format, DictionaryAnalysis.FORMAT));
    }
    return JsonFile.read(file, DictionaryAnalysis.class);
  }

  /**
   * Reads a summary.
   *
   * @throws UserError if this program has not written it
   */
  static RunSummary readSummary(Path file) {
    requireOurs(file);
    return JsonFile.read(file, RunSummary.class);
  }

  /**
   * @throws UserError if this program has not written the summary
   */
  static void requireOurs(Path file) {
    if (JsonFile.field(file, "sae_native").isEmpty()) {
      throw new UserError(
          file
              + " was not written by this program and will not be replaced: choose another"
              + " --output-dir");
    }
  }

  /**
   * Adds results to the file, or puts them in place of earlier ones with the same K.
   *
   * @param longer whether the file's results are replaced if they are of other settings, which can
   *     only be fewer epochs
   * @throws UserError if the file holds results of other settings and may not be replaced
   */
  static void add(Path file, RunSummary summary, boolean longer) {
    AtomicFile.holding(
        file,
        () -> {
          if (!Files.exists(file)) {
            JsonFile.writeIndented(file, summary);
            return;
          }
          RunSummary there = readSummary(file);
          Optional<String> difference = there.difference(summary);
          if (difference.isPresent() && !longer) {
            throw new UserError(
                file
                    + " was changed meanwhile and holds results of other settings ("
                    + difference.get()
                    + "): choose another --output-dir");
          }
          JsonFile.writeIndented(file, difference.isPresent() ? summary : there.with(summary));
        });
  }
}
