package io.saenative.analysis.sound;

import com.fasterxml.jackson.annotation.JsonValue;
import io.saenative.analysis.latents.Operation;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Something that is true of some rows and not of others.
 *
 * @param name unique, such as {@code multiplication then addition} or {@code number 12}
 */
public record Concept(Kind kind, String name) {
  /** What a concept is about, the most general first. */
  public enum Kind {
    /** The operation occurs. */
    OPERATION,
    /** The first operation is directly followed by the second, in order of evaluation. */
    OPERATION_PAIR,
    /** All operations of the row, in order of evaluation. */
    OPERATION_SEQUENCE,
    /** The number occurs as an operand or a result. */
    VALUE,
    /** The row has this many well-formed steps. */
    STEP_COUNT,
    /** The result of the row's last well-formed step. */
    FINAL_ANSWER;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** All concepts that hold on a row; none if it has no well-formed step. */
  static Set<Concept> of(ChainOfThought chain) {
    Set<Concept> concepts = new LinkedHashSet<>();
    if (chain.steps().isEmpty()) {
      return concepts;
    }
    List<Operation> operations = chain.operations();
    for (int i = 0; i < operations.size(); i++) {
      concepts.add(new Concept(Kind.OPERATION, operations.get(i).toString()));
      if (i > 0) {
        concepts.add(
            new Concept(Kind.OPERATION_PAIR, operations.get(i - 1) + " then " + operations.get(i)));
      }
    }
    if (!operations.isEmpty()) {
      String sequence =
          operations.stream().map(Operation::toString).collect(Collectors.joining(", "));
      concepts.add(new Concept(Kind.OPERATION_SEQUENCE, "sequence " + sequence));
    }
    chain.numbers().forEach(n -> concepts.add(new Concept(Kind.VALUE, "number " + n)));
    int steps = chain.steps().size();
    concepts.add(new Concept(Kind.STEP_COUNT, steps == 1 ? "1 step" : steps + " steps"));
    concepts.add(new Concept(Kind.FINAL_ANSWER, "answer " + chain.steps().getLast().result()));
    return concepts;
  }
}
