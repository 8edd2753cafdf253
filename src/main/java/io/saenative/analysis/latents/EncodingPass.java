package io.saenative.analysis.latents;

import io.saenative.sae.Dataset;
import io.saenative.sae.Session;
import java.util.List;

/**
 * One pass over a set of rows: encoded batch by batch, so that the codes of all rows are never
 * there at once.
 */
public final class EncodingPass {
  private static final int BATCH_ROWS = 1024;

  private EncodingPass() {}

  /**
   * Feeds the consumers.
   *
   * @param session holds the SAE's parameters
   * @param data the rows, loaded by the session's engine
   */
  public static void run(Session session, Dataset data, List<? extends CodesConsumer> consumers) {
    CodesConsumer all = CodesConsumer.all(consumers);
    for (int first = 0; first < data.rows(); first += BATCH_ROWS) {
      int rows = Math.min(BATCH_ROWS, data.rows() - first);
      all.accept(first, session.encodeTopK(data, first, rows));
    }
  }
}
