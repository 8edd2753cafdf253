package io.saenative.run;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.saenative.UserError;
import io.saenative.analysis.AblationReport;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.SaeAnalysis;
import io.saenative.analysis.published.FeatureLabels;
import io.saenative.analysis.published.PublishedAnalysis;
import io.saenative.analysis.published.PythonJson;
import io.saenative.format.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;

/** {@link DictionaryAnalysis} as a JSON file. */
public final class AnalysisFile {
  /** Name of the folder of analyses in a run's output directory. */
  public static final String FOLDER = "analysis";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private AnalysisFile() {}

  public static String name(int layer, int position, int k) {
    return "analysis_layer%d_pos%d_k%d.json".formatted(layer, position, k);
  }

  /**
   * The folder of analyses in a run's output directory, created if need be.
   *
   * @throws UserError if it cannot be
   */
  public static Path folder(Path outputDir) {
    Path folder = outputDir.resolve(FOLDER);
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UserError(
          "cannot create " + folder + ": " + AtomicFile.reason(e) + ": choose another --output-dir",
          e);
    }
  }

  /** Deletes every analysis of an SAE that is no more: beside its successor it would mislead. */
  public static void delete(Path outputDir, int layer, int position, int k) {
    delete(outputDir, "*_layer%d_pos%d_*k%d.json".formatted(layer, position, k));
  }

  /** The same for every k. */
  public static void deleteAll(Path outputDir, int layer, int position) {
    delete(outputDir, "*_layer%d_pos%d_*.json".formatted(layer, position));
  }

  private static void delete(Path outputDir, String names) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(outputDir.resolve(FOLDER), names)) {
      for (Path file : files) {
        Files.delete(file);
      }
    } catch (NoSuchFileException _) {
      return; // nothing has been analysed yet
    } catch (IOException e) {
      throw new UserError(
          "cannot remove the outdated analyses in " + outputDir + ": " + AtomicFile.reason(e), e);
    }
  }

  /**
   * Writes all files of an analysis, each whole or not at all, and returns ours. Without chains of
   * thought the experiment's are not written.
   *
   * @param outputDir of the run; the files go to its folder {@code analysis}
   */
  public static Path write(Path outputDir, SaeAnalysis analysis) {
    Path folder = folder(outputDir);
    DictionaryAnalysis d = analysis.dictionary();
    if (analysis.published() != null) {
      var setting =
          new PublishedAnalysis.Setting(
              d.layer(), d.position(), d.k(), d.window(), LocalDate.parse(d.date()));
      writePublished(folder.resolve(setting.fileName()), analysis.published());
      String labels = FeatureLabels.fileName(d.layer(), d.position());
      writePublished(
          folder.resolve(labels.replace(".json", "_k" + d.k() + ".json")),
          analysis.featureLabels());
    }
    Path file = folder.resolve(name(d.layer(), d.position(), d.k()));
    writeJson(file, d);
    return file;
  }

  /** Writes {@code ablation_layer14_pos3_k300.json} into a folder, whole or not at all. */
  public static Path write(Path folder, AblationReport report) {
    Path file =
        folder.resolve(
            "ablation_layer%d_pos%d_k%d.json"
                .formatted(report.layer(), report.position(), report.k()));
    writeJson(file, report);
    return file;
  }

  private static void writePublished(Path file, Object content) {
    AtomicFile.write(
        file, out -> out.write(PythonJson.write(content).getBytes(StandardCharsets.UTF_8)));
  }

  /** Writes a record with its names in snake case, whole or not at all. */
  public static void writeJson(Path file, Object content) {
    AtomicFile.write(file, out -> JSON.writeValue(out, content));
  }

  /**
   * Reads a file of this program.
   *
   * @throws UserError if it is none
   */
  public static DictionaryAnalysis read(Path file) {
    try {
      DictionaryAnalysis analysis = JSON.readValue(file.toFile(), DictionaryAnalysis.class);
      if (DictionaryAnalysis.FORMAT.equals(analysis.format())) {
        return analysis;
      }
      throw new UserError(
          "%s is not an analysis of this version: its 'format' is '%s', not '%s': make it anew with analyze"
              .formatted(file, analysis.format(), DictionaryAnalysis.FORMAT));
    } catch (IOException e) {
      throw new UserError(
          "cannot read " + file + ": " + e.getMessage().lines().findFirst().orElse("not JSON"), e);
    }
  }
}
