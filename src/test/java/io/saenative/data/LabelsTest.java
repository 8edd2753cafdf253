package io.saenative.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.UserError;
import io.saenative.data.Activations.Label;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Label files of more lines than are kept at once. */
class LabelsTest {
  @TempDir private Path folder;

  private static Label label(int row) {
    return new Label("p" + row, List.of(row + "×2=" + 2 * row, "„" + "x".repeat(row % 7) + "“"));
  }

  private static String line(int row) {
    Label label = label(row);
    return "{\"problem_id\": \"%s\", \"cot_sequence\": [\"%s\", \"%s\"]}"
        .formatted(label.problemId(), label.cotSequence().get(0), label.cotSequence().get(1));
  }

  private List<Label> open(int rows, String between) throws IOException {
    List<String> lines = IntStream.range(0, rows).mapToObj(LabelsTest::line).toList();
    Path file =
        Files.writeString(
            folder.resolve("labels.jsonl"), between + String.join(between, lines) + between);
    return Labels.ofJsonl(file, rows);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4095, 4096, 4097, 8192, 20_001})
  void everyRowHasItsLabelInAnyOrder(int rows) throws IOException {
    for (String between : List.of("\n", "\n \r\n\n")) {
      List<Label> labels = open(rows, between);
      assertEquals(rows, labels.size());
      for (int row = 0; row < rows; row++) {
        assertEquals(label(row), labels.get(row));
      }
      SplittableRandom random = new SplittableRandom(rows);
      for (int i = 0; i < 50; i++) {
        int row = random.nextInt(rows);
        assertEquals(label(row), labels.get(row));
      }
    }
  }

  @Test
  void severalThreadsMayAsk() throws IOException {
    List<Label> labels = open(20_001, "\n");
    List<Label> expected = IntStream.range(0, 20_001).mapToObj(LabelsTest::label).toList();
    assertEquals(expected, IntStream.range(0, 20_001).parallel().mapToObj(labels::get).toList());
  }

  @Test
  void theLineThatIsWrongIsNamed() throws IOException {
    List<String> lines =
        new ArrayList<>(IntStream.range(0, 5000).mapToObj(LabelsTest::line).toList());
    lines.set(4999, "{");
    Path file = Files.write(folder.resolve("labels.jsonl"), lines);
    String refusal = assertThrows(UserError.class, () -> Labels.ofJsonl(file, 5000)).getMessage();
    assertTrue(refusal.contains("label 5000 is not a line of JSON"), refusal);
  }
}
