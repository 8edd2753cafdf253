package io.saenative.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.UserError;
import io.saenative.data.Activations.Label;
import io.saenative.format.MappedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.RandomAccess;

/** What the rows are about, from two columns of a file's metadata or from a file of JSON lines. */
final class Labels {
  static final String PROBLEM_IDS = "problem_ids";
  static final String COT_SEQUENCES = "cot_sequences";

  private Labels() {}

  /**
   * The labels of the given rows.
   *
   * @param problemIds a String or Number for each row of the file
   * @param sequences a List of String for each row of the file
   */
  static List<Label> of(Path file, List<?> problemIds, List<?> sequences, int[] rows) {
    List<Label> labels = new ArrayList<>(rows.length);
    for (int row : rows) {
      Object id = problemIds.get(row);
      if (!(id instanceof String || id instanceof Number)) {
        throw new UserError(
            "%s: %s[%s] is neither a string nor a number: write strings"
                .formatted(file, PROBLEM_IDS, row));
      }
      if (!(sequences.get(row) instanceof List<?> steps
          && steps.stream().allMatch(String.class::isInstance))) {
        throw new UserError(
            "%s: %s[%s] is not a list of strings: write one list of steps a row"
                .formatted(file, COT_SEQUENCES, row));
      }
      labels.add(new Label(id.toString(), steps.stream().map(String.class::cast).toList()));
    }
    return labels;
  }

  /** The file beside an activation file that has its name and ends in .jsonl. */
  static Optional<Path> beside(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    Path jsonl = file.resolveSibling((dot < 0 ? name : name.substring(0, dot)) + ".jsonl");
    return Optional.of(jsonl).filter(f -> Files.isRegularFile(f) && !f.equals(file));
  }

  /**
   * The labels in a file of JSON lines, every line of which is checked.
   *
   * @param rows lines there must be
   */
  static List<Label> ofJsonl(Path file, long rows) {
    Jsonl labels = new Jsonl(file);
    if (labels.size != rows) {
      throw new UserError(
          "%s has %s labels for %s rows of activations: write one line for each row, in order"
              .formatted(file, labels.size, rows));
    }
    return labels;
  }

  /**
   * Labels that are read as they are asked for, some thousands at a time, so that their number does
   * not matter: quick in the order of the rows. One label a line: {@code {"problem_id":
   * "train_410", "cot_sequence": ["3*60=180", …]}}; other keys are ignored.
   */
  private static final class Jsonl extends AbstractList<Label> implements RandomAccess {
    /** Labels that are kept: all of a usual set. */
    private static final int BLOCK = 4096;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final MemorySegment bytes;
    private final int size;
    private long[] starts = {0};
    private volatile Block block;

    private record Block(int index, List<Label> labels, long end) {}

    private Jsonl(Path file) {
      this.file = file;
      bytes = MappedFile.open(file).bytes();
      block = read(0);
      while (block.end < bytes.byteSize()) {
        int next = block.index + 1;
        starts = next < starts.length ? starts : Arrays.copyOf(starts, 2 * next);
        starts[next] = block.end;
        block = read(next);
      }
      size = block.index * BLOCK + block.labels.size();
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public Label get(int row) {
      Block here = block;
      if (here.index != row / BLOCK) {
        here = read(row / BLOCK);
        block = here;
      }
      return here.labels.get(row % BLOCK);
    }

    /** Blank lines are no labels; those behind the last label are read with it. */
    private Block read(int index) {
      List<Label> labels = new ArrayList<>(BLOCK);
      long start = starts[index];
      while (start < bytes.byteSize()) {
        long end = start;
        while (end < bytes.byteSize() && bytes.get(ValueLayout.JAVA_BYTE, end) != '\n') {
          end++;
        }
        int number = index * BLOCK + labels.size() + 1;
        String line = text(start, end, number);
        if (!line.isBlank()) {
          if (labels.size() == BLOCK) {
            break;
          }
          labels.add(parse(line, number));
        }
        start = Math.min(end + 1, bytes.byteSize());
      }
      return new Block(index, labels, start);
    }

    private String text(long start, long end, int number) {
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .decode(bytes.asSlice(start, end - start).asByteBuffer())
            .toString();
      } catch (CharacterCodingException e) {
        throw new UserError(
            "%s cannot be read as UTF-8 text after label %s: check the file"
                .formatted(file, number - 1),
            e);
      }
    }

    private Label parse(String line, int number) {
      JsonNode node;
      try {
        node = JSON.readTree(line);
      } catch (JsonProcessingException e) {
        throw new UserError(
            file + ": label " + number + " is not a line of JSON: write one object a line", e);
      }
      JsonNode id = node.path("problem_id");
      JsonNode steps = node.path("cot_sequence");
      boolean labelled = id.isValueNode() && !id.isNull() && steps.isArray();
      if (!labelled || !steps.valueStream().allMatch(JsonNode::isTextual)) {
        throw new UserError(
            ("%s: label %s is not {\"problem_id\": ID, \"cot_sequence\": [STEP, ...]} with steps"
                    + " that are strings: write it so")
                .formatted(file, number));
      }
      return new Label(id.asText(), steps.valueStream().map(JsonNode::asText).toList());
    }
  }
}
