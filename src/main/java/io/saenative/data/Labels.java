package io.saenative.data;

import io.saenative.UserError;
import io.saenative.data.Activations.Label;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the rows are about: where it is found, and how two columns of metadata tell it. */
final class Labels {
  static final String PROBLEM_IDS = "problem_ids";
  static final String COT_SEQUENCES = "cot_sequences";

  private Labels() {}

  /**
   * The file beside an activation file that has its name and ends in .jsonl, or null if there is
   * none.
   */
  static Path beside(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    Path jsonl = file.resolveSibling((dot < 0 ? name : name.substring(0, dot)) + ".jsonl");
    return Files.isRegularFile(jsonl) && !jsonl.equals(file) ? jsonl : null;
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
        throw new UserError(
            file
                + ": "
                + PROBLEM_IDS
                + "["
                + row
                + "] is neither a string nor a number: write strings");
      }
      if (!(sequences.get(row) instanceof List<?> steps
          && steps.stream().allMatch(String.class::isInstance))) {
        throw new UserError(
            file
                + ": "
                + COT_SEQUENCES
                + "["
                + row
                + "] is not a list of strings: write one list of steps a row");
      }
      labels.add(new Label(id.toString(), steps.stream().map(String.class::cast).toList()));
    }
    return labels;
  }
}
