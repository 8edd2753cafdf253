package io.saenative.analysis.latents;

import io.saenative.sae.Dataset;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Codes;
import io.saenative.sae.Session.Split;
import java.util.Arrays;
import java.util.List;

/**
 * Passes over a set of rows, block by block, so that the codes of all rows are never there at once.
 */
public final class EncodingPass {
  private static final int BATCH_ROWS = 1024;

  private EncodingPass() {}

  /**
   * The active latents of one row: those selected whose value is not 0.
   *
   * @param latents ascending
   * @param values signed, one for each latent
   */
  public record ActiveLatents(int[] latents, double[] values) {
    /** Those of row {@code row} of some codes. */
    private static ActiveLatents of(Codes codes, int row) {
      int k = Math.toIntExact(codes.indices().dim(1));
      int[] latents = new int[k];
      double[] values = new double[k];
      int active = 0;
      for (long i = (long) row * k, end = i + k; i < end; i++) {
        double value = codes.values().get(i);
        if (value != 0) {
          latents[active] = (int) codes.indices().get(i);
          values[active++] = value;
        }
      }
      return new ActiveLatents(Arrays.copyOf(latents, active), Arrays.copyOf(values, active));
    }

    public int count() {
      return latents.length;
    }
  }

  /** Something that a pass feeds, row by row in order. */
  public interface Consumer {
    /** Takes the next row, whose number in the set is {@code row}, from 0. */
    void row(int row, ActiveLatents active);

    /** Takes the next rows, the first of which has the number {@code firstRow} in the set. */
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
    Consumer all = (row, active) -> consumers.forEach(consumer -> consumer.row(row, active));
    for (int first = 0; first < data.rows(); first += BATCH_ROWS) {
      int rows = Math.min(BATCH_ROWS, data.rows() - first);
      all.accept(first, session.encodeTopK(data, first, rows));
    }
  }

  /**
   * On how many rows each latent is active, [d_sae], as the engine counts it; replaces the
   * session's training rows.
   *
   * @param session holds the SAE's parameters
   * @param data loaded by the session's engine
   */
  public static long[] firingCounts(Session session, Dataset data) {
    session.setData(Split.TRAIN, data);
    return session.evaluate(Split.TRAIN).firingCount();
  }
}
