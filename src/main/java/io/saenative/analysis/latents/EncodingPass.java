package io.saenative.analysis.latents;

import io.saenative.sae.Codes;
import io.saenative.sae.Session;
import io.saenative.tensor.Tensor;
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
   * @param x [rows, d_in]
   */
  public static void run(Session session, Tensor x, List<? extends CodesConsumer> consumers) {
    int rows = Math.toIntExact(x.dim(0));
    CodesConsumer all = CodesConsumer.all(consumers);
    for (int first = 0; first < rows; first += BATCH_ROWS) {
      Codes codes = session.encodeTopK(x.rows(first, Math.min(first + BATCH_ROWS, rows)));
      all.accept(first, codes);
    }
  }
}
