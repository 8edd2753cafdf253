package io.saenative.analysis.concepts;

import io.saenative.analysis.concepts.ChainOfThought.MalformedStep;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How well the rows' steps could be parsed.
 *
 * @param rowsWithoutSteps rows that have no step at all; no concept holds on them
 * @param steps all steps, malformed or not
 * @param malformed number of malformed steps by reason; empty if there are none
 * @param examples the first few malformed steps
 */
public record ParseReport(
    int rows, int rowsWithoutSteps, int steps, Map<MalformedStep.Reason, Long> malformed, List<String> examples) {
  private static final int EXAMPLES = 10;

  /** @param chains one for each row */
  static ParseReport of(Collection<ChainOfThought> chains) {
    List<MalformedStep> malformed = chains.stream().flatMap(c -> c.malformed().stream()).toList();
    return new ParseReport(
        chains.size(),
        (int) chains.stream().filter(c -> c.steps().isEmpty() && c.malformed().isEmpty()).count(),
        chains.stream().mapToInt(c -> c.steps().size()).sum() + malformed.size(),
        malformed.stream().collect(Collectors.groupingBy(MalformedStep::reason, TreeMap::new, Collectors.counting())),
        malformed.stream().limit(EXAMPLES).map(MalformedStep::text).toList());
  }
}
