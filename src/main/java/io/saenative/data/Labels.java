package io.saenative.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.data.Activations.Label;
import io.saenative.model.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the rows are about, from a file of JSON lines or from two columns of metadata. */
final class Labels {
  static final String PROBLEM_IDS = "problem_ids";
  static final String COT_SEQUENCES = "cot_sequences";
  private static final ObjectMapper JSON = new ObjectMapper();

  private Labels() {}

  /** The file beside an activation file that has its name and ends in .jsonl, or null if there is none. */
  static Path beside(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    Path jsonl = file.resolveSibling((dot < 0 ? name : name.substring(0, dot)) + ".jsonl");
    return Files.isRegularFile(jsonl) && !jsonl.equals(file) ? jsonl : null;
  }

  /**
   * One label a line: {@code {"problem_id": "train_410", "cot_sequence": ["3*60=180", …]}}; other keys are ignored.
   *
   * @param rows lines there must be
   */
  static List<Label> readJsonl(Path jsonl, long rows) {
    if (!Files.exists(jsonl)) {
      throw new UserError(jsonl + " does not exist: check the path of the labels");
    }
    List<Label> labels = new ArrayList<>();
    try (BufferedReader lines = Files.newBufferedReader(jsonl)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank()) {
          labels.add(parse(jsonl, labels.size() + 1, line));
        }
      }
    } catch (IOException e) {
      throw new UserError(jsonl + " cannot be read as UTF-8 text after label " + labels.size() + ": check the file", e);
    }
    if (labels.size() != rows) {
      throw new UserError(jsonl + " has " + labels.size() + " labels for " + rows
          + " rows of activations: write one line for each row, in order");
    }
    return labels;
  }

  private static Label parse(Path jsonl, int number, String line) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UserError(jsonl + ": label " + number + " is not a line of JSON: write one object a line", e);
    }
    JsonNode id = node.path("problem_id");
    JsonNode steps = node.path("cot_sequence");
    boolean valid = id.isValueNode() && !id.isNull() && steps.isArray();
    List<String> sequence = new ArrayList<>();
    for (JsonNode step : steps) {
      valid &= step.isTextual();
      sequence.add(step.asText());
    }
    if (!valid) {
      throw new UserError(jsonl + ": label " + number
          + " is not {\"problem_id\": ID, \"cot_sequence\": [STEP, ...]} with steps that are strings: write it so");
    }
    return new Label(id.asText(), List.copyOf(sequence));
  }

  /**
   * The labels of the given rows.
   *
   * @param problemIds a String or Number for each row of the file
   * @param sequences a List of String for each row of the file
   */
  static List<Label> select(Path file, List<?> problemIds, List<?> sequences, int[] rows) {
    List<Label> labels = new ArrayList<>(rows.length);
    for (int row : rows) {
      Object id = problemIds.get(row);
      if (!(id instanceof String || id instanceof Number)) {
        throw new UserError(file + ": " + PROBLEM_IDS + "[" + row + "] is neither a string nor a number: write strings");
      }
      if (!(sequences.get(row) instanceof List<?> steps && steps.stream().allMatch(String.class::isInstance))) {
        throw new UserError(file + ": " + COT_SEQUENCES + "[" + row
            + "] is not a list of strings: write one list of steps a row");
      }
      labels.add(new Label(id.toString(), steps.stream().map(String.class::cast).toList()));
    }
    return labels;
  }
}
