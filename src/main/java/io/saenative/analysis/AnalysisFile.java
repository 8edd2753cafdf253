package io.saenative.analysis;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.saenative.checkpoint.AtomicFile;
import io.saenative.model.UserError;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** {@link DictionaryAnalysis} as a JSON file. */
public final class AnalysisFile {
  public static final String FORMAT = "sae-native analysis 1";

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

  /** Writes the file, whole or not at all. */
  public static void write(Path file, DictionaryAnalysis analysis) {
    writeJson(file, analysis);
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
      if (FORMAT.equals(analysis.format())) {
        return analysis;
      }
      throw new UserError(
          "%s is not an analysis of this version: its 'format' is '%s', not '%s': make it anew with analyze"
              .formatted(file, analysis.format(), FORMAT));
    } catch (IOException e) {
      throw new UserError(
          "cannot read " + file + ": " + e.getMessage().lines().findFirst().orElse("not JSON"), e);
    }
  }
}
