package io.saenative.analysis.sound;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonProperty.Access;
import io.saenative.analysis.latents.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A chain of thought, parsed.
 *
 * @param steps the well-formed steps in order
 * @param malformed the others
 */
public record ChainOfThought(List<Step> steps, List<MalformedStep> malformed) {

  /**
   * One calculation.
   *
   * @param operands the numbers left of the equals sign in normal form, from left to right
   * @param operations in the order in which they are evaluated; none in a step such as {@code
   *     20=20}
   * @param result the number right of the equals sign in normal form
   */
  public record Step(List<String> operands, List<Operation> operations, String result) {}

  /** A step that is no calculation, and why. */
  public record MalformedStep(String text, Reason reason) {
    public enum Reason {
      NO_EQUALS_SIGN,
      SEVERAL_EQUALS_SIGNS,
      UNKNOWN_CHARACTER,
      MISSING_OPERAND,
      MISSING_OPERATOR,
      UNBALANCED_PARENTHESES,
      RESULT_NOT_A_NUMBER
    }
  }

  public static ChainOfThought parse(List<String> cotSequence) {
    List<Step> steps = new ArrayList<>();
    List<MalformedStep> malformed = new ArrayList<>();
    for (String text : cotSequence) {
      try {
        steps.add(StepParser.parse(text));
      } catch (StepParser.MalformedStepException e) {
        malformed.add(new MalformedStep(text, e.reason()));
      }
    }
    return new ChainOfThought(List.copyOf(steps), List.copyOf(malformed));
  }

  /** All operations, step after step, each step's in the order in which they are evaluated. */
  public List<Operation> operations() {
    return steps.stream().flatMap(s -> s.operations().stream()).toList();
  }

  /** All numbers, operands and results. */
  public Stream<String> numbers() {
    return steps.stream().flatMap(s -> Stream.concat(s.operands().stream(), Stream.of(s.result())));
  }

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
}
