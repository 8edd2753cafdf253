package io.saenative.analysis.sound;

import io.saenative.analysis.sound.ChainOfThought.ParseReport;
import io.saenative.data.Activations.Label;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The concepts that hold on at least a minimum number of rows, and the rows on which they hold. The
 * labels are parsed as they are needed, some thousands at a time and on all cores, so that memory
 * does not grow with the rows.
 */
public final class Concepts {
  /** Rows whose concepts are kept: all rows of a usual set, which is parsed once. */
  private static final int CHUNK_ROWS = 1 << 14;

  /** Different concepts that are counted at once. */
  private static final int CAPACITY = 1 << 18;

  private final List<Label> labels;
  private final int minSupport;
  private final int most;
  private final List<Concept> vocabulary;
  private final Map<Concept, Integer> numberOf = new HashMap<>();
  private final int[] support;
  private final int leftOut;
  private final ParseReport parseReport;
  private volatile Chunk chunk;

  /** A concept of the vocabulary and on how many of the rows, and what share of them, it holds. */
  public record Support(Concept concept, int rows, double baseRate) {}

  private record Parsed(ChainOfThought chain, Set<Concept> concepts) {}

  private record Chunk(int index, int[][] ofRow) {}

  /** With room for {@code capacity} different concepts while they are counted. */
  Concepts(List<Label> labels, int minSupport, int most, int capacity) {
    this.labels = labels;
    this.minSupport = minSupport;
    this.most = most;
    FrequentConcepts counts = new FrequentConcepts(capacity);
    ParseReport.Builder report = new ParseReport.Builder();
    List<Parsed> last = List.of();
    for (int index = 0; index < chunks(); index++) {
      last = parse(index);
      for (Parsed row : last) {
        counts.add(row.concepts());
        report.add(row.chain());
      }
    }
    parseReport = report.build();
    FrequentConcepts exact = counts.missed() == 0 ? counts : exact(counts);
    List<Concept> frequent = exact.descending(minSupport);
    leftOut = Math.max(0, frequent.size() - most);
    vocabulary =
        frequent.stream()
            .limit(most)
            .sorted(
                Comparator.comparing(Concept::kind)
                    .thenComparing(exact::count, Comparator.reverseOrder())
                    .thenComparing(Concept::name))
            .toList();
    vocabulary.forEach(concept -> numberOf.put(concept, numberOf.size()));
    support = vocabulary.stream().mapToInt(exact::count).toArray();
    chunk = new Chunk(chunks() - 1, numbered(last));
  }

  /**
   * Parses the rows' steps and keeps what holds on {@code minSupport} rows or more.
   *
   * @param labels one for each row
   * @param most number of concepts to keep; if there are more, the most frequent are kept
   */
  public static Concepts of(List<Label> labels, int minSupport, int most) {
    return new Concepts(labels, minSupport, most, CAPACITY);
  }

  /** The concepts of other rows, chosen by the same minimum support and number. */
  public Concepts alike(List<Label> others) {
    return new Concepts(others, minSupport, most, CAPACITY);
  }

  private int chunks() {
    return Math.ceilDiv(labels.size(), CHUNK_ROWS);
  }

  private List<Parsed> parse(int index) {
    int first = index * CHUNK_ROWS;
    List<Label> rows =
        List.copyOf(labels.subList(first, Math.min(labels.size(), first + CHUNK_ROWS)));
    return rows.parallelStream()
        .map(label -> ChainOfThought.parse(label.cotSequence()))
        .map(chain -> new Parsed(chain, Concept.of(chain)))
        .toList();
  }

  /** Counts the concepts that are left in {@code counts} on all rows anew, from 0. */
  private FrequentConcepts exact(FrequentConcepts counts) {
    FrequentConcepts exact = new FrequentConcepts(Integer.MAX_VALUE);
    for (int index = 0; index < chunks(); index++) {
      for (Parsed row : parse(index)) {
        row.concepts().retainAll(counts.concepts());
        exact.add(row.concepts());
      }
    }
    return exact;
  }

  private int[][] numbered(List<Parsed> rows) {
    int[][] ofRow = new int[rows.size()][];
    for (int row = 0; row < ofRow.length; row++) {
      Stream<Concept> kept = rows.get(row).concepts().stream().filter(numberOf::containsKey);
      ofRow[row] = kept.mapToInt(numberOf::get).sorted().toArray();
    }
    return ofRow;
  }

  /** Kind by kind, the most frequent first: a concept's place is its number. */
  public List<Concept> vocabulary() {
    return vocabulary;
  }

  /**
   * Number of concepts that hold on enough rows but are not in the vocabulary, since there were too
   * many.
   */
  public int leftOut() {
    return leftOut;
  }

  public int rows() {
    return labels.size();
  }

  /**
   * Numbers of the concepts that hold on a row, ascending; not to be changed. Quick if asked in the
   * order of the rows.
   */
  public int[] onRow(int row) {
    Chunk here = chunk;
    int index = row / CHUNK_ROWS;
    if (here.index != index) {
      here = new Chunk(index, numbered(parse(index)));
      chunk = here;
    }
    return here.ofRow[row % CHUNK_ROWS];
  }

  /** Number of rows on which a concept holds. */
  public int support(int concept) {
    return support[concept];
  }

  /** The vocabulary with its supports. */
  public List<Support> supports() {
    return IntStream.range(0, support.length)
        .mapToObj(c -> new Support(vocabulary.get(c), support[c], (double) support[c] / rows()))
        .toList();
  }

  public ParseReport parseReport() {
    return parseReport;
  }

  /**
   * Counts concepts row by row in bounded memory. Where more different ones occur than there is
   * room for, the rarest are forgotten (Misra and Gries 1982): what is left has been counted too
   * low, by {@link #missed} rows at most, and what holds on more rows than that is left for
   * certain.
   */
  static final class FrequentConcepts {
    private final int capacity;
    private final Map<Concept, Integer> counts = new HashMap<>();
    private int missed;

    FrequentConcepts(int capacity) {
      this.capacity = capacity;
    }

    void add(Set<Concept> row) {
      row.forEach(concept -> counts.merge(concept, 1, Integer::sum));
      if (counts.size() > capacity) {
        forget();
      }
    }

    /** Takes as much from every count as rids us of half of them. */
    private void forget() {
      int[] ascending = counts.values().stream().mapToInt(Integer::intValue).sorted().toArray();
      int least = ascending[ascending.length / 2];
      counts.replaceAll((concept, count) -> count - least);
      counts.values().removeIf(count -> count <= 0);
      missed += least;
    }

    /** Number of rows by which a count may be too low; 0 if every one is exact. */
    int missed() {
      return missed;
    }

    /** Those that are left. */
    Set<Concept> concepts() {
      return counts.keySet();
    }

    int count(Concept concept) {
      return counts.getOrDefault(concept, 0);
    }

    /** Those counted on {@code minSupport} rows or more, the most frequent first. */
    List<Concept> descending(int minSupport) {
      return counts.keySet().stream()
          .filter(concept -> count(concept) >= minSupport)
          .sorted(
              Comparator.comparing(this::count, Comparator.reverseOrder())
                  .thenComparing(Concept::kind)
                  .thenComparing(Concept::name))
          .toList();
    }
  }
}
