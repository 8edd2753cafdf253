package io.saenative.analysis.latents;

import io.saenative.sae.Codes;
import java.util.List;

/** Something that one pass over a set of rows feeds, row by row in order. */
public interface CodesConsumer {
  /**
   * Takes the next row.
   *
   * @param row its number in the set, from 0
   */
  void row(int row, ActiveLatents active);

  /** One that passes every row on to several. */
  static CodesConsumer all(List<? extends CodesConsumer> consumers) {
    return (row, active) -> consumers.forEach(consumer -> consumer.row(row, active));
  }

  /**
   * Takes the next rows.
   *
   * @param firstRow number of the batch's first row in the set
   */
  default void accept(int firstRow, Codes codes) {
    int rows = Math.toIntExact(codes.indices().dim(0));
    for (int i = 0; i < rows; i++) {
      row(firstRow + i, ActiveLatents.of(codes, i));
    }
  }
}
