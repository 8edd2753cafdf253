package io.saenative.analysis.published;

import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.data.Activations.Label;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * What the latents' top rows are about, read from the labels once and in their order when all rows
 * have passed: of each top row the patterns in its text, and of the first few of each latent the
 * label itself. Memory is d_sae × top rows.
 */
public final class TopTexts {
  /** Rows of a latent that files show. */
  public static final int SHOWN = 10;

  private final int[] rows;
  private final int[] matches;
  private final Map<Integer, Label> shown = new HashMap<>();

  /** Reads {@code labels}, one for each row of the statistics. */
  public TopTexts(LatentStatistics statistics, List<Label> labels) {
    int dSae = statistics.dSae();
    rows =
        IntStream.range(0, dSae)
            .flatMap(statistics::unorderedTopRows)
            .sorted()
            .distinct()
            .toArray();
    matches =
        Arrays.stream(rows).map(row -> PublishedRule.matches(text(labels.get(row)))).toArray();
    IntStream.range(0, dSae)
        .flatMap(
            latent ->
                statistics.topRows(latent).stream().limit(SHOWN).mapToInt(entry -> entry.row()))
        .sorted()
        .distinct()
        .forEach(row -> shown.put(row, labels.get(row)));
  }

  /** The patterns in the text of a top row, as {@link PublishedRule#matches} tells them. */
  int matches(int row) {
    return matches[Arrays.binarySearch(rows, row)];
  }

  /** How many texts of a latent's top rows have each pattern. */
  PublishedRule.Counts counts(LatentStatistics statistics, int latent) {
    return new PublishedRule.Counts(statistics.unorderedTopRows(latent).map(this::matches));
  }

  /** The problem of one of the first {@value #SHOWN} top rows of a latent. */
  public String problemId(int row) {
    return shown(row).problemId();
  }

  /** The text of such a row. */
  public String text(int row) {
    return text(shown(row));
  }

  private Label shown(int row) {
    return Objects.requireNonNull(shown.get(row));
  }

  private static String text(Label label) {
    return PublishedRule.text(label.cotSequence());
  }
}
