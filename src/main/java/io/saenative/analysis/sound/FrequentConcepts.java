package io.saenative.analysis.sound;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Counts concepts row by row in bounded memory. Where more different ones occur than there is room
 * for, the rarest are forgotten (Misra and Gries 1982): what is left has been counted too low, by
 * {@link #missed} rows at most, and what holds on more rows than that is left for certain.
 */
final class FrequentConcepts {
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

  boolean contains(Concept concept) {
    return counts.containsKey(concept);
  }

  int count(Concept concept) {
    return counts.getOrDefault(concept, 0);
  }

  /** Counts what is left anew, from 0. */
  FrequentConcepts exact() {
    FrequentConcepts exact = new FrequentConcepts(Integer.MAX_VALUE);
    counts.keySet().forEach(concept -> exact.counts.put(concept, 0));
    return exact;
  }

  /** Those that meet the condition, the most frequent first. */
  List<Concept> descending(Predicate<Concept> wanted) {
    return counts.keySet().stream()
        .filter(wanted)
        .sorted(
            Comparator.comparing(this::count, Comparator.reverseOrder())
                .thenComparing(Concept::kind)
                .thenComparing(Concept::name))
        .toList();
  }
}
