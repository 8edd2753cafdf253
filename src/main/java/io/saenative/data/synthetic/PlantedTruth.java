package io.saenative.data.synthetic;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * What was planted in a synthetic set: what an analysis of it should find.
 *
 * @param directions kind by kind, unlabelled ones last and the most frequent of them first
 */
public record PlantedTruth(List<PlantedDirection> directions) {

  /** The directions tied to the text of the chains. */
  public List<PlantedDirection> labelled() {
    return directions.stream().filter(d -> d.kind() != Kind.UNLABELLED).toList();
  }

  /**
   * A direction that was added, with a strength above 0, to exactly the rows named here.
   *
   * @param kind what its rows have in common
   * @param concept unique, such as {@code multiplication then addition}, {@code number 12}, {@code
   *     3 steps}
   * @param direction unit length, [d_in]; like the row sets not to be changed
   * @param trainRows rows of the training set on which it is present
   * @param validationRows rows of the validation set on which it is present
   */
  public record PlantedDirection(
      Kind kind, String concept, float[] direction, BitSet trainRows, BitSet validationRows) {}

  /** What decides on which rows a direction is present. */
  public enum Kind {
    /** The operation occurs in the chain. */
    OPERATION,
    /**
     * The first operation is directly followed by the second, over all steps from left to right.
     */
    OPERATION_PAIR,
    /** The number occurs as an operand or a result. */
    VALUE,
    /** The chain has this many steps. */
    STEP_COUNT,
    /** Chance alone: nothing in the chain tells of it. */
    UNLABELLED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
