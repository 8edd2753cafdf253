package io.saenative.data.synthetic;

import java.util.List;

/**
 * What was planted in a synthetic set: what an analysis of it should find.
 *
 * @param directions kind by kind, unlabelled ones last and the most frequent of them first
 */
public record PlantedTruth(List<PlantedDirection> directions) {

  /** Those tied to the text of the chains. */
  public List<PlantedDirection> labelled() {
    return directions.stream().filter(d -> d.kind() != PlantedDirection.Kind.UNLABELLED).toList();
  }
}
