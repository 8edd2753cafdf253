package io.saenative.analysis.sound;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonProperty.Access;
import io.saenative.analysis.sound.ChainOfThought.MalformedStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How well the rows' steps could be parsed.
 *
 * @param rowsWithoutSteps rows that have no step at all; no concept holds on them
 * @param steps all steps, malformed or not
 * @param malformed number of malformed steps by reason; empty if there are none
 * @param examples the first few malformed steps
 */
public record ParseReport(
    int rows,
    int rowsWithoutSteps,
    int steps,
    Map<MalformedStep.Reason, Long> malformed,
    List<String> examples) {
  private static final int EXAMPLES = 10;

  /** Number of steps that could be parsed; without any there are no concepts to test. */
  @JsonProperty(access = Access.READ_ONLY)
  public int parsed() {
    return Math.toIntExact(steps - malformed.values().stream().mapToLong(n -> n).sum());
  }

  /** Takes the rows one by one. */
  static final class Builder {
    private final Map<MalformedStep.Reason, Long> malformed = new TreeMap<>();
    private final List<String> examples = new ArrayList<>();
    private int rows;
    private int rowsWithoutSteps;
    private int steps;

    void add(ChainOfThought chain) {
      int ofRow = chain.steps().size() + chain.malformed().size();
      rows++;
      rowsWithoutSteps += ofRow == 0 ? 1 : 0;
      steps = Math.addExact(steps, ofRow);
      for (MalformedStep step : chain.malformed()) {
        malformed.merge(step.reason(), 1L, Long::sum);
        if (examples.size() < EXAMPLES) {
          examples.add(step.text());
        }
      }
    }

    ParseReport build() {
      return new ParseReport(rows, rowsWithoutSteps, steps, malformed, List.copyOf(examples));
    }
  }
}
