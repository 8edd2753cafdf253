package io.saenative.analysis.concepts;

import io.saenative.data.Activations.Label;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The concepts that hold on at least a minimum number of rows, and the rows on which they hold. */
public final class Concepts {
  private final List<Concept> vocabulary;
  private final int[] support;
  private final int[][] ofRow;
  private final ParseReport parseReport;

  private Concepts(List<Concept> vocabulary, int[] support, int[][] ofRow, ParseReport parseReport) {
    this.vocabulary = vocabulary;
    this.support = support;
    this.ofRow = ofRow;
    this.parseReport = parseReport;
  }

  /**
   * Parses the rows' steps and keeps what holds on {@code minSupport} rows or more.
   *
   * @param labels one for each row
   */
  public static Concepts of(List<Label> labels, int minSupport) {
    List<ChainOfThought> chains = labels.stream().map(label -> ChainOfThought.parse(label.cotSequence())).toList();
    List<Set<Concept>> holding = chains.stream().map(Concept::of).toList();
    Map<Concept, Integer> support = new HashMap<>();
    holding.forEach(row -> row.forEach(concept -> support.merge(concept, 1, Integer::sum)));
    List<Concept> vocabulary =
        support.keySet().stream()
            .filter(concept -> support.get(concept) >= minSupport)
            .sorted(
                Comparator.comparing(Concept::kind)
                    .thenComparing(support::get, Comparator.reverseOrder())
                    .thenComparing(Concept::name))
            .toList();
    Map<Concept, Integer> ids = new HashMap<>();
    vocabulary.forEach(concept -> ids.put(concept, ids.size()));
    return new Concepts(
        vocabulary,
        vocabulary.stream().mapToInt(support::get).toArray(),
        holding.stream().map(row -> ids(row, ids)).toArray(int[][]::new),
        ParseReport.of(chains));
  }

  private static int[] ids(Set<Concept> concepts, Map<Concept, Integer> ids) {
    return concepts.stream().filter(ids::containsKey).mapToInt(ids::get).sorted().toArray();
  }

  /** Kind by kind, the most frequent first: a concept's place is its id. */
  public List<Concept> vocabulary() {
    return vocabulary;
  }

  public int rows() {
    return ofRow.length;
  }

  /** Ids of the concepts that hold on a row, ascending; not to be changed. */
  public int[] of(int row) {
    return ofRow[row];
  }

  /** Number of rows on which a concept holds. */
  public int support(int concept) {
    return support[concept];
  }

  public ParseReport parseReport() {
    return parseReport;
  }
}
