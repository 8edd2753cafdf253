package io.saenative.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import org.junit.jupiter.api.Test;

/**
 * Counts worked out by hand for d_in 3, d_sae 5, k 2 and 7 rows; the parameters are 3·5 + 5 + 5·3 +
 * 3 = 38 numbers.
 */
class WorkTest {
  private static final SaeConfig SMALL = new SaeConfig(3, 5, 2, Selection.ABS, false);

  @Test
  void countsWhatCannotBeAvoided() {
    assertEquals(new Work(0, 4 * (35 + 28)), Work.selectTopK(SMALL, 7));
    assertEquals(new Work(210, 4 * (21 + 15 + 5 + 28)), Work.encodeTopK(SMALL, 7));
    assertEquals(new Work(84, 4 * (28 + 15 + 3 + 21)), Work.decodeSparse(SMALL, 7));
    assertEquals(new Work(210 + 4 * 84, 4 * (21 + 2 * 38)), Work.gradients(SMALL, 7));
    assertEquals(new Work(0, 4 * 7 * 38), Work.adamUpdate(SMALL));
    assertEquals(new Work(210 + 4 * 84, 4 * (21 + 6 * 38)), Work.trainStep(SMALL, 7));
    assertEquals(new Work(210 + 84, 4 * (21 + 38)), Work.evaluate(SMALL, 7));
    assertEquals(new Work(210, 4 * (21 + 15 + 35)), Work.denseProduct(SMALL, 7));
  }

  /**
   * The figures of a step of the Large K experiment, K = 100: 0.956 GFLOP, and 50.4 MB for the
   * update alone.
   */
  @Test
  void agreesWithThePublishedShape() {
    Work step = Work.trainStep(new SaeConfig(2048, 512, 100, Selection.ABS, false), 256);
    assertEquals(0.956e9, step.flops(), 0.001e9);
    assertEquals(50.4e6 + 2.1e6, step.bytes(), 0.1e6);
  }
}
