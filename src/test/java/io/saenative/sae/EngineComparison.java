package io.saenative.sae;

import static io.saenative.sae.Comparisons.assertClose;
import static io.saenative.sae.Comparisons.each;
import static io.saenative.sae.Comparisons.map;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.sae.Session.Codes;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.verify.Tolerance;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.opentest4j.TestAbortedException;

/**
 * One case on an engine and on the reference, call by call. Where two keys tie within rounding, an
 * engine may select either latent; whatever follows from a selection is therefore compared on the
 * rows where both selected the same.
 */
final class EngineComparison implements AutoCloseable {
  private static final ReferenceEngine REFERENCE = new ReferenceEngine();

  /** Sums that the border promises in double, relative to the sum of absolute values. */
  private static final double DOUBLE_SUM = 1e-12;

  private final KernelCase kernelCase;
  private final SaeConfig config;
  private final DType dtype;
  private final Precision precision;
  private final Engine engine;
  private final Session session;
  private final Session reference;
  private final Parameters parameters;
  private final Tensor x;
  private final RoundingBounds bounds;

  EngineComparison(Engine engine, KernelCase kernelCase) {
    this.kernelCase = kernelCase;
    this.config = kernelCase.config();
    this.parameters = kernelCase.parameters();
    this.x = kernelCase.x();
    // Two steps an epoch, the last one smaller where there is more than one row.
    Optimizer optimizer = Optimizer.adam(1e-3, kernelCase.rows() / 2 + 1);
    this.engine = engine;
    this.session = engine.open(config, optimizer);
    this.reference = REFERENCE.open(config, optimizer);
    this.dtype = session.dtype();
    this.precision = engine.precision();
    this.bounds = new RoundingBounds(config, parameters, x, dtype, precision);
    session.setState(State.PARAMETERS, parameters);
    reference.setState(State.PARAMETERS, parameters);
  }

  @Override
  public void close() {
    session.close();
  }

  /** On identical keys the selection has one right answer. */
  void selectTopK() {
    Tensor z = kernelCase.z();
    Codes expected = reference.selectTopK(z);
    Codes actual = session.selectTopK(z);
    assertArrayEquals(expected.indices().toInts(), actual.indices().toInts());
    assertArrayEquals(expected.values().toDoubles(), actual.values().toDoubles(), 0);
  }

  /**
   * Indices ascend and lie in range; no latent left out has a larger key than one selected, but for
   * rounding.
   */
  void encodeTopK() {
    Codes actual = session.encodeTopK(x);
    assertRowsOfADatasetGiveTheSame(actual);
    if (kernelCase.sumsAreExact()) {
      assertArrayEquals(reference.encodeTopK(x).indices().toInts(), actual.indices().toInts());
    }
    Tensor z = bounds.exactPreActivations();
    Tensor bound = bounds.preActivations();
    int n = config.dSae();
    for (int r = 0; r < kernelCase.rows(); r++) {
      boolean[] selected = new boolean[n];
      double least = Double.POSITIVE_INFINITY; // of the keys selected, as large as they may be
      int previous = -1;
      for (int s = r * config.k(); s < (r + 1) * config.k(); s++) {
        int j = (int) actual.indices().get(s);
        assertTrue(j > previous && j < n, "row " + r + ": index " + j + " after " + previous);
        previous = j;
        selected[j] = true;
        double zj = z.get((long) r * n + j);
        double rounding = bound.get((long) r * n + j);
        double value = config.selection() == Selection.ABS ? zj : Math.max(zj, 0);
        assertClose("row " + r + ", latent " + j, actual.values().get(s), value, rounding);
        least = Math.min(least, key(zj) + rounding);
      }
      for (int j = 0; j < n; j++) {
        double key = key(z.get((long) r * n + j)) - bound.get((long) r * n + j);
        assertTrue(selected[j] || key <= least, "row " + r + " leaves out latent " + j);
      }
    }
  }

  private void assertRowsOfADatasetGiveTheSame(Codes ofRows) {
    try (Dataset data = engine.load(x)) {
      for (int first : new int[] {0, kernelCase.rows() - 1}) {
        Codes codes = session.encodeTopK(data, first, kernelCase.rows() - first);
        Tensor indices = ofRows.indices().rows(first, kernelCase.rows());
        Tensor values = ofRows.values().rows(first, kernelCase.rows());
        assertTrue(indices.sameBits(codes.indices()), "indices from row " + first);
        assertTrue(values.sameBits(codes.values()), "values from row " + first);
      }
    }
  }

  void decodeSparse() {
    Codes exact = reference.encodeTopK(x);
    Codes codes = new Codes(exact.indices(), exact.values().as(DType.F32));
    Tensor expected = reference.decodeSparse(codes);
    Tensor actual = session.decodeSparse(codes);
    assertClose("x̂", actual, expected, bounds.reconstructions(codes));
  }

  void gradients() {
    Tensor all = rowsOfEqualSelection();
    Tensor batch = all.rows(0, Math.min(all.dim(0), kernelCase.rows() / 2 + 1));
    double expectedLoss = reference.gradients(batch);
    double loss = session.gradients(batch);
    double tolerance = bounds.residual(batch);
    assertClose("loss", loss, expectedLoss, 2 * tolerance * expectedLoss);
    assertNormClose(session.state(State.GRADIENTS), reference.state(State.GRADIENTS), tolerance);
  }

  /** One update, the first of a run and a late one. */
  void adamUpdate() {
    Random random = new Random(4);
    for (long step : new long[] {0, 1000}) {
      Parameters m = gaussian(random, step == 0 ? 0 : 1e-3);
      Parameters v = each(gaussian(random, step == 0 ? 0 : 1e-3), t -> map(t, a -> a * a));
      Parameters g = gaussian(random, 1e-3);
      adamUpdate(session, step, parameters, m, v, g);
      adamUpdate(reference, step, parameters, m, v, g);
      assertEquals(step + 1, session.step());
      // A second reference, all of whose terms have one sign, gives the size of the sums before
      // cancellation.
      try (Session sizes = REFERENCE.open(config, Optimizer.adam(1e-3, 1))) {
        Parameters negative = each(parameters, t -> map(t, a -> -Math.abs(a)));
        adamUpdate(sizes, step, negative, each(m, Comparisons::abs), v, each(g, Comparisons::abs));
        for (State state : List.of(State.PARAMETERS, State.ADAM_M, State.ADAM_V)) {
          List<Tensor> actual = tensors(session.state(state));
          List<Tensor> expected = tensors(reference.state(state));
          List<Tensor> scale = tensors(each(sizes.state(state), Comparisons::abs));
          for (int t = 0; t < actual.size(); t++) {
            Tensor bound = map(scale.get(t), size -> Tolerance.sum(dtype, 4) * size);
            assertClose(state + " " + t, actual.get(t), expected.get(t), bound);
          }
        }
      }
    }
  }

  private static void adamUpdate(
      Session s, long step, Parameters p, Parameters m, Parameters v, Parameters g) {
    s.setState(State.PARAMETERS, p);
    s.setState(State.ADAM_M, m);
    s.setState(State.ADAM_V, v);
    s.setState(State.GRADIENTS, g);
    s.setStep(step);
    s.adamUpdate();
  }

  void evaluate() {
    Tensor rows = rowsOfEqualSelection();
    reference.setData(Split.VALIDATION, REFERENCE.load(rows));
    Evaluation expected = reference.evaluate(Split.VALIDATION);
    Evaluation actual;
    try (Dataset data = engine.load(rows)) {
      session.setData(Split.VALIDATION, data);
      actual = session.evaluate(Split.VALIDATION);
    }

    double absSum = Arrays.stream(rows.toDoubles()).map(Math::abs).sum();
    assertEquals(expected.rows(), actual.rows());
    assertEquals(expected.dIn(), actual.dIn());
    assertClose("Σ x", actual.x().sum(), expected.x().sum(), DOUBLE_SUM * absSum);
    assertClose(
        "Σ x²", actual.x().squared(), expected.x().squared(), DOUBLE_SUM * expected.x().squared());
    assertClose(
        "deviation of x",
        actual.x().columnDeviation(),
        expected.x().columnDeviation(),
        DOUBLE_SUM * expected.x().squared());

    // Squares are off by twice as much.
    double tolerance = 2 * bounds.residual(rows);
    double e2 = expected.error().squared();
    assertClose("Σ e²", actual.error().squared(), e2, tolerance * e2);
    assertClose(
        "deviation of e",
        actual.error().columnDeviation(),
        expected.error().columnDeviation(),
        tolerance * e2);
    assertClose(
        "Σ e",
        actual.error().sum(),
        expected.error().sum(),
        tolerance * Math.sqrt(e2 * rows.size()));
    double rowTolerance = 0;
    for (long r = 0; r < rows.dim(0); r++) {
      rowTolerance = Math.max(rowTolerance, 2 * bounds.residual(rows.rows(r, r + 1)));
    }
    assertClose(
        "Σ of row ratios",
        actual.rowRatioSum(),
        expected.rowRatioSum(),
        rowTolerance * expected.rowRatioSum());

    assertEquals(expected.active(), actual.active(), "active");
    assertArrayEquals(expected.firingCount(), actual.firingCount(), "firing counts");
    double absValues = Arrays.stream(bounds.preActivations().toDoubles()).sum();
    assertClose("Σ |value|", actual.absValueSum(), expected.absValueSum(), absValues);
  }

  /**
   * Three epochs; the errors of single gradients must not build up. An engine that rounds numbers
   * before it multiplies them trains in single steps, and is followed until the first tie that it
   * breaks another way.
   */
  void trainEpoch() {
    reference.setData(Split.TRAIN, REFERENCE.load(x));
    try (Dataset data = engine.load(x)) {
      session.setData(Split.TRAIN, data); // and keeps the rows beyond this
    }
    int rows = kernelCase.rows();
    int[] order = IntStream.range(0, rows).map(r -> rows - 1 - r).toArray();
    int batch = rows / 2 + 1;
    List<int[]> epoch =
        precision == Precision.FP32 || batch == rows
            ? List.of(order)
            : List.of(Arrays.copyOf(order, batch), Arrays.copyOfRange(order, batch, rows));
    for (int e = 0; e < 3; e++) {
      for (int[] part : epoch) {
        if (precision != Precision.FP32 && rowsAlike().length < rows) {
          return;
        }
        double[] expected = reference.trainEpoch(part);
        double[] actual = session.trainEpoch(part);
        assertEquals(expected.length, actual.length);
        for (int s = 0; s < expected.length; s++) {
          assertClose(
              "loss of epoch " + e + ", step " + s,
              actual[s],
              expected[s],
              trainingTolerance() * expected[s]);
        }
      }
    }
    assertEquals(reference.step(), session.step());
    for (State state : List.of(State.PARAMETERS, State.ADAM_M, State.ADAM_V)) {
      assertNormClose(session.state(state), reference.state(state), trainingTolerance());
    }
  }

  private double trainingTolerance() {
    return Tolerance.training(dtype, bounds.longestSum(), reference.step())
        + Tolerance.training(precision);
  }

  private double key(double z) {
    return config.selection() == Selection.ABS ? Math.abs(z) : z;
  }

  /** The rows of x that {@link #rowsAlike} names. */
  private Tensor rowsOfEqualSelection() {
    int[] same = rowsAlike();
    if (same.length == 0) {
      throw new TestAbortedException("every row has a tie that the engine broke another way");
    }
    return x.select(same);
  }

  /**
   * The rows where engine and reference select the same latents, and the same of them are active.
   */
  private int[] rowsAlike() {
    Codes a = session.encodeTopK(x);
    Codes b = reference.encodeTopK(x);
    int k = config.k();
    return IntStream.range(0, kernelCase.rows())
        .filter(
            r ->
                IntStream.range(r * k, (r + 1) * k)
                    .allMatch(
                        s ->
                            a.indices().get(s) == b.indices().get(s)
                                && (a.values().get(s) == 0) == (b.values().get(s) == 0)))
        .toArray();
  }

  private Parameters gaussian(Random random, double size) {
    return each(
        Parameters.zeros(config, DType.F32), t -> map(t, zero -> size * random.nextGaussian()));
  }

  private static List<Tensor> tensors(Parameters p) {
    return List.of(p.wEnc(), p.bEnc(), p.wDec(), p.bDec());
  }

  private static void assertNormClose(Parameters actual, Parameters expected, double tolerance) {
    List<String> names = List.of("W_enc", "b_enc", "W_dec", "b_dec");
    for (int t = 0; t < names.size(); t++) {
      Comparisons.assertNormClose(
          names.get(t), tensors(actual).get(t), tensors(expected).get(t), tolerance);
    }
  }
}
