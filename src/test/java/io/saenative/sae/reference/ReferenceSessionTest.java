package io.saenative.sae.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.UserError;
import io.saenative.sae.Dataset;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Codes;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * Examples of two inputs and three latents, worked by hand with numbers that binary fractions hold
 * exactly.
 */
class ReferenceSessionTest {
  private static final ReferenceEngine ENGINE = new ReferenceEngine();

  private static final Optimizer ADAM = new Optimizer(0.5, 0.5, 0.75, 0.25, 4);

  private static final Parameters PARAMETERS =
      new Parameters(
          Tensor.of(new double[] {1, 0, 0, 2, -1, -1}, 3, 2),
          Tensor.of(new double[] {0, 0.5, 0}, 3),
          Tensor.of(new double[] {1, 1, 0, 1, 2, 0}, 3, 2),
          Tensor.of(new double[] {0.5, 0}, 2));

  private static final Tensor X = Tensor.of(new double[] {2, 1, -1, 0.5}, 2, 2);

  private static Session session(int k, Selection selection, boolean preBias) {
    Session s = ENGINE.open(new SaeConfig(2, 3, k, selection, preBias), ADAM);
    s.setState(State.PARAMETERS, PARAMETERS);
    return s;
  }

  // z of row 0 = (2, 2.5, −3), of row 1 = (−1, 1.5, 0.5).

  @Test
  void absoluteSelectionKeepsTheSign() {
    Codes codes = session(2, Selection.ABS, false).encodeTopK(X);
    assertArrayEquals(new int[] {1, 2, 0, 1}, codes.indices().toInts());
    assertArrayEquals(new double[] {2.5, -3, -1, 1.5}, codes.values().toDoubles());
  }

  @Test
  void reluSelection() {
    Codes codes = session(3, Selection.RELU, false).encodeTopK(X);
    assertArrayEquals(new double[] {2, 2.5, 0, 0, 1.5, 0.5}, codes.values().toDoubles());
    assertArrayEquals(
        new int[] {0, 1, 1, 2}, session(2, Selection.RELU, false).encodeTopK(X).indices().toInts());
  }

  @Test
  void preBiasIsSubtractedBeforeTheEncoder() {
    // x − b_dec = (1.5, 1), (−1.5, 0.5): z = (1.5, 2.5, −2.5), (−1.5, 1.5, 1). Ties go to the
    // smaller index.
    Codes codes = session(1, Selection.ABS, true).encodeTopK(X);
    assertArrayEquals(new int[] {1, 0}, codes.indices().toInts());
    assertArrayEquals(new double[] {2.5, -1.5}, codes.values().toDoubles());
  }

  @Test
  void reconstruction() {
    Session s = session(2, Selection.ABS, false);
    // Row 0: (0.5, 0) + 2.5 (0, 1) − 3 (2, 0). Row 1: (0.5, 0) − (1, 1) + 1.5 (0, 1).
    assertArrayEquals(
        new double[] {-5.5, 2.5, -0.5, 0.5}, s.decodeSparse(s.encodeTopK(X)).toDoubles());
  }

  @Test
  void lossAndGradient() {
    Session s = session(2, Selection.ABS, false);
    // e = x̂ − x = (−7.5, 1.5), (0.5, 0). loss = (56.25 + 2.25 + 0.25) / 4. g = 2 e / 4 = (−3.75,
    // 0.75), (0.25, 0).
    assertEquals(58.75 / 4, s.gradients(X));
    Parameters g = s.state(State.GRADIENTS);
    // dz: row 0 latent 1: 0.75, latent 2: −7.5; row 1 latent 0: 0.25, latent 1: 0.
    assertArrayEquals(new double[] {0.25, 0.75, -7.5}, g.bEnc().toDoubles());
    assertArrayEquals(new double[] {-0.25, 0.125, 1.5, 0.75, -15, -7.5}, g.wEnc().toDoubles());
    assertArrayEquals(new double[] {-0.25, 0, -9, 1.875, 11.25, -2.25}, g.wDec().toDoubles());
    assertArrayEquals(new double[] {-3.5, 0.75}, g.bDec().toDoubles());
  }

  @Test
  void twoAdamUpdates() {
    Session s = session(1, Selection.ABS, false);
    Parameters p = Parameters.zeros(new SaeConfig(2, 3, 1, Selection.ABS, false), s.dtype());
    s.setState(State.PARAMETERS, p);
    p.bDec().set(0, 1);
    p.bDec().set(1, -2);
    s.setState(State.GRADIENTS, p);
    s.adamUpdate();
    // The first update is lr g / (|g| + ε): both corrections cancel.
    assertArrayEquals(
        new double[] {-0.5 / 1.25, 0.5 * 2 / 2.25},
        s.state(State.PARAMETERS).bDec().toDoubles(),
        1e-15);
    assertArrayEquals(new double[] {0.5, -1}, s.state(State.ADAM_M).bDec().toDoubles());
    assertArrayEquals(new double[] {0.25, 1}, s.state(State.ADAM_V).bDec().toDoubles());
    p.bDec().set(0, 0);
    s.setState(State.GRADIENTS, p);
    s.adamUpdate();
    // m = 0.25, v = 0.1875; corrections 1 − 0.5² = 0.75 and 1 − 0.75² = 0.4375.
    double second = 0.5 / 0.75 * 0.25 / (Math.sqrt(0.1875) / Math.sqrt(0.4375) + 0.25);
    assertEquals(-0.4 - second, s.state(State.PARAMETERS).bDec().get(0), 1e-15);
    assertEquals(2, s.step());
    assertArrayEquals(new double[6], s.state(State.PARAMETERS).wEnc().toDoubles());
  }

  @Test
  void anEpochTakesTheRowsInOrderAndTheSmallerLastBatch() {
    Tensor rows = Tensor.of(new double[] {2, 1, -1, 0.5, 3, 3, 0, -2, 1, 1}, 5, 2);
    int[] order = {4, 1, 0, 3, 2};
    Session epoch = session(2, Selection.ABS, false);
    epoch.setData(Split.TRAIN, ENGINE.load(rows));
    double[] losses = epoch.trainEpoch(order);

    Session steps = session(2, Selection.ABS, false);
    double first = steps.gradients(Tensor.of(new double[] {1, 1, -1, 0.5, 2, 1, 0, -2}, 4, 2));
    steps.adamUpdate();
    double second = steps.gradients(Tensor.of(new double[] {3, 3}, 1, 2));
    steps.adamUpdate();
    assertArrayEquals(new double[] {first, second}, losses);
    assertTrue(steps.state(State.PARAMETERS).sameBits(epoch.state(State.PARAMETERS)));
    assertEquals(2, epoch.step());
  }

  @Test
  void evaluation() {
    Session s = session(2, Selection.ABS, false);
    s.setData(Split.VALIDATION, ENGINE.load(X));
    Evaluation v = s.evaluate(Split.VALIDATION);
    // e = x − x̂ = (7.5, −1.5), (−0.5, 0). Column means of x: 0.5, 0.75; of e: 3.5, −0.75.
    assertEquals(58.75, v.error().squared());
    assertEquals(5.5, v.error().sum());
    assertEquals(2.5, v.x().sum());
    assertEquals(6.25, v.x().squared());
    assertEquals(2 * 2.25 + 2 * 0.0625, v.x().columnDeviation());
    assertEquals(2 * 16 + 2 * 0.5625, v.error().columnDeviation());
    assertEquals(58.5 / 2.3125 + 0.25 / 2.3125, v.rowRatioSum(), 1e-14);
    assertEquals(4, v.active());
    assertEquals(8, v.absValueSum());
    assertArrayEquals(new long[] {1, 2, 1}, v.firingCount());
  }

  @Test
  void aRowAtTheColumnMeansMakesTheMeanOfRatiosInfiniteUnlessItIsReconstructed() {
    Session s = session(2, Selection.ABS, false);
    s.setData(Split.VALIDATION, ENGINE.load(X.rows(0, 1)));
    assertEquals(Double.NEGATIVE_INFINITY, s.evaluate(Split.VALIDATION).evMeanOfRatios());
    s.setState(
        State.PARAMETERS,
        Parameters.zeros(new SaeConfig(2, 3, 2, Selection.ABS, false), s.dtype()));
    s.setData(Split.VALIDATION, ENGINE.load(Tensor.of(new double[2], 1, 2)));
    assertEquals(1, s.evaluate(Split.VALIDATION).evMeanOfRatios());
  }

  @Test
  void aLossThatIsNotFiniteNamesTheStep() {
    Session s = session(2, Selection.ABS, false);
    s.setData(
        Split.TRAIN,
        ENGINE.load(Tensor.of(new double[] {2, 1, 1, 1, -1, 0, 0.5, 2, 1e200, 1}, 5, 2)));
    UserError e = assertThrows(UserError.class, () -> s.trainEpoch(new int[] {0, 1, 2, 3, 4}));
    assertTrue(e.getMessage().contains("step 2"), e.getMessage());
  }

  @Test
  void rowsOfADatasetAreEncodedWhereTheyLie() {
    Session s = session(2, Selection.ABS, false);
    Codes codes = s.encodeTopK(X);
    Codes second = s.encodeTopK(ENGINE.load(X), 1, 1);
    assertTrue(codes.indices().rows(1, 2).sameBits(second.indices()));
    assertTrue(codes.values().rows(1, 2).sameBits(second.values()));
  }

  @Test
  void datasetsThatDoNotFitAreRefused() {
    Session s = session(2, Selection.ABS, false);
    Dataset data = ENGINE.load(X);
    assertThrows(IndexOutOfBoundsException.class, () -> s.encodeTopK(data, 1, 2));
    data.close();
    assertThrows(IllegalStateException.class, () -> s.setData(Split.TRAIN, data));
    Dataset wide = ENGINE.load(Tensor.of(new double[3], 1, 3));
    assertThrows(IllegalArgumentException.class, () -> s.setData(Split.TRAIN, wide));
    assertThrows(IllegalArgumentException.class, () -> ENGINE.load(Tensor.of(new double[3], 3)));
    assertThrows(IllegalArgumentException.class, () -> ENGINE.load(X.rows(0, 0)));
  }

  @Test
  void aModelBeyondTheHeapIsRefused() {
    SaeConfig huge = new SaeConfig(1 << 15, 1 << 16, 1, Selection.ABS, false);
    assertThrows(UserError.class, () -> new ReferenceEngine().open(huge, ADAM));
  }
}
