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
import java.nio.file.Path;

/** {@link DictionaryAnalysis} as a JSON file. */
public final class AnalysisFile {
  public static final String FORMAT = "sae-native analysis 1";

  /** The folder of a run's output directory that holds such files. */
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

  /** Writes the file, whole or not at all. */
  public static void write(Path file, DictionaryAnalysis analysis) {
    AtomicFile.write(file, out -> JSON.writeValue(out, analysis));
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
      throw new UserError("%s is not an analysis of this version: its 'format' is '%s', not '%s': make it anew with analyze"
          .formatted(file, analysis.format(), FORMAT));
    } catch (IOException e) {
      throw new UserError("cannot read " + file + ": " + e.getMessage().lines().findFirst().orElse("not JSON"), e);
    }
  }
}
