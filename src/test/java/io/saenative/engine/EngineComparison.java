package io.saenative.engine;

import static io.saenative.engine.Comparisons.abs;
import static io.saenative.engine.Comparisons.assertClose;
import static io.saenative.engine.Comparisons.map;
import static io.saenative.engine.Comparisons.norm;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.data.DType;
import io.saenative.data.Tensor;
import io.saenative.engine.Session.Split;
import io.saenative.engine.Session.State;
import io.saenative.engine.reference.ReferenceEngine;
import io.saenative.model.Codes;
import io.saenative.model.Evaluation;
import io.saenative.model.Optimizer;
import io.saenative.model.Parameters;
import io.saenative.model.SaeConfig;
import io.saenative.model.Selection;
import io.saenative.verify.Tolerance;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.opentest4j.TestAbortedException;

/**
 * One case on an engine and on the reference, call by call. Where two keys tie within rounding, an engine may select either
 * latent; whatever follows from a selection is therefore compared on the rows where both selected the same.
 */
final class EngineComparison implements AutoCloseable {
  private static final ReferenceEngine REFERENCE = new ReferenceEngine();

  /** Sums that the border promises in double, relative to the sum of absolute values. */
  private static final double DOUBLE_SUM = 1e-12;

  private final KernelCase kernelCase;
  private final SaeConfig config;
  private final DType precision;
  private final Session session;
  private final Session reference;
  private final Parameters parameters;
  private final Tensor x;

  EngineComparison(Engine engine, KernelCase kernelCase) {
    this.kernelCase = kernelCase;
    this.config = kernelCase.config();
    this.parameters = kernelCase.parameters();
    this.x = kernelCase.x();
    // Two steps an epoch, the last one smaller where there is more than one row.
    Optimizer optimizer = Optimizer.adam(1e-3, kernelCase.rows() / 2 + 1);
    this.session = engine.open(config, optimizer);
    this.reference = REFERENCE.open(config, optimizer);
    this.precision = session.precision();
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

  /** Indices ascend and lie in range; no latent left out has a larger key than one selected, but for rounding. */
  void encodeTopK() {
    Codes actual = session.encodeTopK(x);
    if (kernelCase.sumsAreExact()) {
      assertArrayEquals(reference.encodeTopK(x).indices().toInts(), actual.indices().toInts());
    }
    Tensor z = preActivations(parameters, x);
    Tensor bound = roundingOfPreActivations();
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

  void decodeSparse() {
    Codes codes = reference.encodeTopK(x);
    codes = new Codes(codes.indices(), codes.values().as(DType.F32));
    Tensor expected = reference.decodeSparse(codes);
    Tensor actual = session.decodeSparse(codes);
    reference.setState(State.PARAMETERS, absolute(parameters));
    Tensor scale = reference.decodeSparse(new Codes(codes.indices(), abs(codes.values())));
    assertClose("x̂", actual, expected, scale, Tolerance.sum(precision, config.k() + 1L));
  }

  void gradients() {
    Tensor all = rowsOfEqualSelection();
    Tensor batch = all.rows(0, Math.min(all.dim(0), kernelCase.rows() / 2 + 1));
    double expectedLoss = reference.gradients(batch);
    double loss = session.gradients(batch);
    double tolerance = Tolerance.sum(precision, longestSum()) * cancellation(batch);
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
      // A second reference, all of whose terms have one sign, gives the size of the sums before cancellation.
      try (Session sizes = REFERENCE.open(config, Optimizer.adam(1e-3, 1))) {
        adamUpdate(sizes, step, each(parameters, t -> map(t, a -> -Math.abs(a))), absolute(m), v, absolute(g));
        for (State state : List.of(State.PARAMETERS, State.ADAM_M, State.ADAM_V)) {
          List<Tensor> actual = tensors(session.state(state));
          List<Tensor> expected = tensors(reference.state(state));
          List<Tensor> scale = tensors(absolute(sizes.state(state)));
          for (int t = 0; t < actual.size(); t++) {
            assertClose(state + " " + t, actual.get(t), expected.get(t), scale.get(t), Tolerance.sum(precision, 4));
          }
        }
      }
    }
  }

  private static void adamUpdate(Session s, long step, Parameters p, Parameters m, Parameters v, Parameters g) {
    s.setState(State.PARAMETERS, p);
    s.setState(State.ADAM_M, m);
    s.setState(State.ADAM_V, v);
    s.setState(State.GRADIENTS, g);
    s.setStep(step);
    s.adamUpdate();
  }

  void evaluate() {
    Tensor rows = rowsOfEqualSelection();
    session.setData(Split.VALIDATION, rows);
    reference.setData(Split.VALIDATION, rows);
    Evaluation expected = reference.evaluate(Split.VALIDATION);
    Evaluation actual = session.evaluate(Split.VALIDATION);

    double absSum = Arrays.stream(rows.toDoubles()).map(Math::abs).sum();
    assertEquals(expected.rows(), actual.rows());
    assertEquals(expected.dIn(), actual.dIn());
    assertClose("Σ x", actual.xSum(), expected.xSum(), DOUBLE_SUM * absSum);
    assertClose("Σ x²", actual.xSquared(), expected.xSquared(), DOUBLE_SUM * expected.xSquared());
    assertClose("deviation of x", actual.xColumnDeviation(), expected.xColumnDeviation(), DOUBLE_SUM * expected.xSquared());

    // ‖e‖ is off by at most tolerance · cancellation · ‖e‖, and twice that for squares.
    double tolerance = 2 * Tolerance.sum(precision, longestSum()) * cancellation(rows);
    double e2 = expected.errorSquared();
    assertClose("Σ e²", actual.errorSquared(), e2, tolerance * e2);
    assertClose("deviation of e", actual.errorColumnDeviation(), expected.errorColumnDeviation(), tolerance * e2);
    assertClose("Σ e", actual.errorSum(), expected.errorSum(), tolerance * Math.sqrt(e2 * rows.size()));
    double rowTolerance = 0;
    for (long r = 0; r < rows.dim(0); r++) {
      rowTolerance = Math.max(rowTolerance, 2 * Tolerance.sum(precision, longestSum()) * cancellation(rows.rows(r, r + 1)));
    }
    assertClose("Σ of row ratios", actual.rowRatioSum(), expected.rowRatioSum(), rowTolerance * expected.rowRatioSum());

    assertEquals(expected.active(), actual.active(), "active");
    assertArrayEquals(expected.firingCount(), actual.firingCount(), "firing counts");
    double absValues = Arrays.stream(roundingOfPreActivations().toDoubles()).sum();
    assertClose("Σ |value|", actual.absValueSum(), expected.absValueSum(), absValues);
  }

  /** Three epochs; the errors of single gradients must not build up. */
  void trainEpoch() {
    session.setData(Split.TRAIN, x);
    reference.setData(Split.TRAIN, x);
    int[] order = IntStream.range(0, kernelCase.rows()).map(r -> kernelCase.rows() - 1 - r).toArray();
    for (int epoch = 0; epoch < 3; epoch++) {
      double[] expected = reference.trainEpoch(order);
      double[] actual = session.trainEpoch(order);
      assertEquals(expected.length, actual.length);
      for (int s = 0; s < expected.length; s++) {
        double tolerance = Tolerance.training(precision, longestSum(), reference.step());
        assertClose("loss of epoch " + epoch + ", step " + s, actual[s], expected[s], tolerance * expected[s]);
      }
    }
    assertEquals(reference.step(), session.step());
    double tolerance = Tolerance.training(precision, longestSum(), session.step());
    for (State state : List.of(State.PARAMETERS, State.ADAM_M, State.ADAM_V)) {
      assertNormClose(session.state(state), reference.state(state), tolerance);
    }
  }

  private double key(double z) {
    return config.selection() == Selection.ABS ? Math.abs(z) : z;
  }

  /** The rows of x where engine and reference selected the same latents, and the same of them are active. */
  private Tensor rowsOfEqualSelection() {
    Codes a = session.encodeTopK(x);
    Codes b = reference.encodeTopK(x);
    int k = config.k();
    int[] same =
        IntStream.range(0, kernelCase.rows())
            .filter(
                r ->
                    IntStream.range(r * k, (r + 1) * k)
                        .allMatch(
                            s ->
                                a.indices().get(s) == b.indices().get(s)
                                    && (a.values().get(s) == 0) == (b.values().get(s) == 0)))
            .toArray();
    if (same.length == 0) {
      throw new TestAbortedException("every row has a tie that the engine broke another way");
    }
    Tensor rows = Tensor.zeros(DType.F32, same.length, config.dIn());
    for (int r = 0; r < same.length; r++) {
      rows.rows(r, r + 1).data().copyFrom(x.rows(same[r], same[r] + 1).data());
    }
    return rows;
  }

  /** Terms of the longest sum in a step. */
  private long longestSum() {
    return Math.max(Math.max(config.dIn(), config.k()), kernelCase.rows()) + 1L;
  }

  /** By how much the residual magnifies relative errors of x̂: (‖x‖ + ‖x̂‖) / ‖x̂ − x‖, at least 1. */
  private double cancellation(Tensor rows) {
    Tensor xHat = reference.decodeSparse(reference.encodeTopK(rows));
    double squares = 0;
    for (long i = 0; i < rows.size(); i++) {
      squares += Math.pow(xHat.get(i) - rows.get(i), 2);
    }
    return squares == 0 ? 1 : Math.max(1, (norm(rows) + norm(xHat)) / Math.sqrt(squares));
  }

  /** All z [rows, d_sae] of the reference: with k = d_sae and abs every latent is selected, in order, with its sign. */
  private Tensor preActivations(Parameters p, Tensor input) {
    SaeConfig all = new SaeConfig(config.dIn(), config.dSae(), config.dSae(), Selection.ABS, config.preBias());
    try (Session s = REFERENCE.open(all, Optimizer.adam(1e-3, 1))) {
      s.setState(State.PARAMETERS, p);
      return s.encodeTopK(input).values();
    }
  }

  /** How far each z may be off: the tolerance times the sum of the absolute values of its terms. */
  private Tensor roundingOfPreActivations() {
    Parameters p = absolute(parameters);
    // With pre-bias the encoder sees x − b_dec, whose error is relative to |x| + |b_dec|: subtract −|b_dec|.
    Tensor negated = map(p.bDec(), a -> -a);
    Tensor sums = preActivations(new Parameters(p.wEnc(), p.bEnc(), p.wDec(), negated), abs(x));
    double tolerance = Tolerance.sum(precision, config.dIn() + 1L);
    return map(sums, sum -> tolerance * sum);
  }

  private Parameters gaussian(Random random, double size) {
    return each(Parameters.zeros(config, DType.F32), t -> map(t, zero -> size * random.nextGaussian()));
  }

  private static Parameters absolute(Parameters p) {
    return each(p, t -> abs(t));
  }

  private static Parameters each(Parameters p, UnaryOperator<Tensor> f) {
    return new Parameters(f.apply(p.wEnc()), f.apply(p.bEnc()), f.apply(p.wDec()), f.apply(p.bDec()));
  }

  private static List<Tensor> tensors(Parameters p) {
    return List.of(p.wEnc(), p.bEnc(), p.wDec(), p.bDec());
  }

  private static void assertNormClose(Parameters actual, Parameters expected, double tolerance) {
    List<String> names = List.of("W_enc", "b_enc", "W_dec", "b_dec");
    for (int t = 0; t < names.size(); t++) {
      Comparisons.assertNormClose(names.get(t), tensors(actual).get(t), tensors(expected).get(t), tolerance);
    }
  }
}
