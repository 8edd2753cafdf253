package io.saenative.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.format.AtomicFile;
import io.saenative.format.SafetensorsFile;
import io.saenative.tensor.Tensor;
import io.saenative.train.RandomRuns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Files of random rows of seven numbers for the tests of commands. */
final class LabelledRows {
  private LabelledRows() {}

  /** Writes rows without labels. */
  static void writeUnlabelled(Path file, int rows, long seed) {
    write(file, RandomRuns.rows(rows, seed).x(), Map.of());
  }

  /**
   * Writes rows every third of which adds and is far off in its first number; the others multiply.
   */
  static void write(Path file, int rows, long seed) throws IOException {
    Tensor x = RandomRuns.rows(rows, seed).x();
    IntStream.range(0, rows).filter(LabelledRows::adds).forEach(row -> x.set(7L * row, 9));
    write(
        file,
        x,
        IntStream.range(0, rows)
            .mapToObj(row -> List.of(adds(row) ? "2+" + row + "=9" : "2*3=6"))
            .toList());
  }

  /** Writes rows whose chains of thought have no step. */
  static void writeWithoutSteps(Path file, int rows, long seed) throws IOException {
    write(
        file,
        RandomRuns.rows(rows, seed).x(),
        IntStream.range(0, rows).mapToObj(_ -> List.<String>of()).toList());
  }

  /** Writes rows whose chains of thought are sentences, none of which is a calculation. */
  static void writeProse(Path file, int rows, long seed) throws IOException {
    write(
        file,
        RandomRuns.rows(rows, seed).x(),
        IntStream.range(0, rows).mapToObj(_ -> List.of("The sum is twelve.")).toList());
  }

  /** Writes two rows of six numbers. */
  static void writeNarrow(Path file) {
    write(file, Tensor.of(new float[12], 2, 6), Map.of());
  }

  private static boolean adds(int row) {
    return row % 3 == 0;
  }

  private static void write(Path file, Tensor x, List<List<String>> sequences) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<String> ids = IntStream.range(0, sequences.size()).mapToObj(row -> "p" + row).toList();
    write(
        file,
        x,
        Map.of(
            "problem_ids",
            json.writeValueAsString(ids),
            "cot_sequences",
            json.writeValueAsString(sequences)));
  }

  private static void write(Path file, Tensor x, Map<String, String> metadata) {
    AtomicFile.write(file, out -> SafetensorsFile.write(out, Map.of("activations", x), metadata));
  }
}
