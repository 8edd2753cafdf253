package io.saenative.analysis.latents;

import io.saenative.sae.Codes;
import io.saenative.sae.Dataset;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Split;
import java.util.List;

/**
 * Passes over a set of rows, block by block, so that the codes of all rows are never there at once.
 */
public final class EncodingPass {
  private static final int BATCH_ROWS = 1024;

  private EncodingPass() {}

  /** Something that a pass feeds, row by row in order. */
  public interface Consumer {
    /**
     * Takes the next row.
     *
     * @param row its number in the set, from 0
     */
    void row(int row, ActiveLatents active);

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

  /**
   * Encodes all rows and feeds the consumers.
   *
   * @param session holds the SAE's parameters
   * @param data loaded by the session's engine
   */
  public static void run(Session session, Dataset data, List<? extends Consumer> consumers) {
    int rows = data.rows();
    Consumer all = (row, active) -> consumers.forEach(consumer -> consumer.row(row, active));
    for (int first = 0; first < rows; first += BATCH_ROWS) {
      Codes codes = session.encodeTopK(data, first, Math.min(BATCH_ROWS, rows - first));
      all.accept(first, codes);
    }
  }

  /**
   * On how many rows each latent is active, as the engine counts it; replaces the session's
   * training rows.
   *
   * @param session holds the SAE's parameters
   * @param data loaded by the session's engine
   * @return [d_sae]
   */
  public static long[] firingCounts(Session session, Dataset data) {
    session.setData(Split.TRAIN, data);
    return session.evaluate(Split.TRAIN).firingCount();
  }
}
