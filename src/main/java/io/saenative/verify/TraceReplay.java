package io.saenative.verify;

import io.saenative.sae.Dataset;
import io.saenative.sae.Engine;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Parameters;
import io.saenative.sae.Precision;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Codes;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Repeats a recorded training run on an engine and compares everything that was recorded. Errors
 * are relative:
 *
 * <ul>
 *   <li>a tensor (gradients, weights, moments, selected values, reconstruction): ‖difference‖ /
 *       ‖recorded‖, Euclidean norms of the whole tensor;
 *   <li>a loss: |difference| / recorded, the largest over steps or epochs;
 *   <li>explained variance and death rate are shares already: |difference|;
 *   <li>selected latents: the share of them that differs. In float32 two latents may swap if their
 *       keys tie within the tolerance of weights; then their values are not compared, nor is the
 *       reconstruction of their row.
 * </ul>
 *
 * <p>An engine that rounds numbers before it multiplies them breaks more ties the other way. Its
 * first gradient is held against the reference instead of the recorded one. In bf16 the trainings
 * part for that reason, see {@link Tolerance}: of what was recorded later only the quality is
 * compared.
 */
public final class TraceReplay {
  private final Trace trace;
  private final DType dtype;
  private final Precision precision;
  private final long longestSum;
  private final List<Check> checks = new ArrayList<>();

  private TraceReplay(Trace trace, DType engineDtype, Precision precision) {
    this.trace = trace;
    this.dtype = Tolerance.lesser(engineDtype, trace.dtype());
    this.precision = precision;
    this.longestSum =
        Math.max(Math.max(trace.config().dIn(), trace.config().k()), trace.optimizer().batchSize())
            + 1L;
  }

  /** The checks in the order of the run. */
  public static List<Check> replay(Engine engine, Trace trace) {
    try (Dataset train = engine.load(trace.tensor("x_train"));
        Dataset validation = engine.load(trace.tensor("x_val"));
        Session session = engine.open(trace.config(), trace.optimizer())) {
      session.setData(Split.TRAIN, train);
      session.setData(Split.VALIDATION, validation);
      TraceReplay replay = new TraceReplay(trace, session.dtype(), engine.precision());
      replay.run(session);
      return List.copyOf(replay.checks);
    }
  }

  /**
   * What a replay in this precision does not compare and why; empty if it compares all that was
   * recorded.
   */
  public static Optional<String> leftOut(Precision precision) {
    return parts(precision)
        ? Optional.of(
            precision
                + ": trainings part where rounding breaks a tie; of what was recorded after the"
                + " first batch only validation loss and explained variance are compared")
        : Optional.empty();
  }

  private static boolean parts(Precision precision) {
    return precision == Precision.BF16;
  }

  private void run(Session session) {
    session.setState(State.PARAMETERS, trace.parameters("init"));
    compareFirstBatch(session);
    double tolerance =
        Tolerance.training(dtype, longestSum, trace.steps())
            + (parts(precision) ? Tolerance.parted(precision) : Tolerance.training(precision));
    compareTraining(session, tolerance);
    if (!parts(precision)) {
      compareParameters("final", session.state(State.PARAMETERS), "final", tolerance);
      compareParameters("Adam m", session.state(State.ADAM_M), "adam_m", tolerance);
      compareParameters("Adam v", session.state(State.ADAM_V), "adam_v", tolerance);
      compareCodes(session, tolerance);
    }
  }

  private void compareFirstBatch(Session session) {
    int[] order = trace.order(0);
    Tensor x =
        trace
            .tensor("x_train")
            .select(Arrays.copyOf(order, Math.min(trace.optimizer().batchSize(), order.length)));
    double tolerance = Tolerance.sum(dtype, longestSum);
    if (precision == Precision.FP32) {
      session.gradients(x);
      compareParameters("first gradient", session.state(State.GRADIENTS), "grad_step1", tolerance);
    } else {
      compareWithReference(session, x, tolerance);
    }
  }

  /**
   * The first batch on an engine that rounds numbers before it multiplies them, held against the
   * reference engine: its codes, and loss and gradient of those of its rows on which both select
   * the same latents. The recorded ones are of all rows, and each tie broken the other way moves
   * them more than all rounding does.
   *
   * @param tolerance of sums, to which that of rounded factors is added
   */
  private void compareWithReference(Session session, Tensor x, double tolerance) {
    double codesTolerance = tolerance + Tolerance.product(precision);
    double gradientTolerance = tolerance + Tolerance.step(precision);
    try (Session reference = new ReferenceEngine().open(trace.config(), trace.optimizer())) {
      reference.setState(State.PARAMETERS, session.state(State.PARAMETERS));
      CodesComparison codes =
          new CodesComparison(session.encodeTopK(x), reference.encodeTopK(x), codesTolerance);
      checks.addAll(codes.checks("first ", codesTolerance));
      Tensor same = x.select(IntStream.range(0, (int) x.dim(0)).filter(codes::same).toArray());
      if (same.dim(0) == 0) {
        String where = "no row without a tie broken otherwise";
        checks.add(new Check("first loss", Double.NaN, gradientTolerance, where));
        return;
      }
      double expectedLoss = reference.gradients(same);
      double lossError = Math.abs(session.gradients(same) - expectedLoss) / expectedLoss;
      String where = same.dim(0) + " of " + x.dim(0) + " rows";
      checks.add(new Check("first loss", lossError, gradientTolerance, where));
      Parameters expected = reference.state(State.GRADIENTS);
      checks.addAll(
          NormError.checks(
              "first gradient", session.state(State.GRADIENTS), expected, gradientTolerance));
    }
  }

  /** Codes and reconstruction of the validation rows at the end; in float64 nothing ties. */
  private void compareCodes(Session session, double tolerance) {
    double tie = dtype == DType.F64 ? 0 : tolerance;
    Tensor x = trace.tensor("x_val");
    Tensor recorded = trace.tensor("val_reconstruction");
    Codes codes = session.encodeTopK(x);
    CodesComparison comparison = new CodesComparison(codes, recordedCodes(), tie);
    Tensor xHat = session.decodeSparse(codes);
    NormError reconstruction = new NormError();
    for (int r = 0; r < x.dim(0); r++) {
      for (long i = 0; comparison.same(r) && i < x.dim(1); i++) {
        reconstruction.add(xHat.get(r * x.dim(1) + i), recorded.get(r * x.dim(1) + i), r, i);
      }
    }
    checks.addAll(comparison.checks("", tolerance));
    checks.add(reconstruction.check("reconstruction", tolerance));
  }

  private Codes recordedCodes() {
    Tensor indices = trace.tensor("val_topk_indices");
    Tensor sparse = trace.tensor("val_sparse");
    int k = trace.config().k();
    Tensor values = Tensor.zeros(DType.F64, indices.shape());
    for (long s = 0; s < values.size(); s++) {
      values.set(s, sparse.get(s / k * trace.config().dSae() + (long) indices.get(s)));
    }
    return new Codes(indices, values);
  }

  /** Finds the largest of the errors of one quantity, measured step by step or epoch by epoch. */
  private static final class LargestError {
    private final String quantity;
    private final String unit;
    private final double tolerance;
    private double error = Double.NEGATIVE_INFINITY;
    private int at;

    /** Of errors that are numbered by {@code unit}, such as {@code epoch}. */
    LargestError(String quantity, String unit, double tolerance) {
      this.quantity = quantity;
      this.unit = unit;
      this.tolerance = tolerance;
    }

    /**
     * Takes an error into account; NaN counts as the largest.
     *
     * @param number of its step or epoch, from 1
     */
    void add(double e, int number) {
      if (e > error || Double.isNaN(e)) {
        error = e;
        at = number;
      }
    }

    Check check() {
      return new Check(quantity, error, tolerance, unit + " " + at);
    }
  }

  /** Trains, and compares what was recorded step by step and after each epoch. */
  private void compareTraining(Session session, double tolerance) {
    LargestError stepLoss = new LargestError("step loss", "step", tolerance);
    LargestError loss = new LargestError("validation loss", "epoch", tolerance);
    LargestError explained = new LargestError("validation explained variance", "epoch", tolerance);
    LargestError deathRate = new LargestError("validation death rate", "epoch", 0);
    int step = 0;
    for (int epoch = 0; epoch < trace.epochs(); epoch++) {
      for (double actual : session.trainEpoch(trace.order(epoch))) {
        double expected = trace.tensor("step_loss").get(step);
        stepLoss.add(Math.abs(actual - expected) / expected, ++step);
      }
      Evaluation v = session.evaluate(Split.VALIDATION);
      double expectedLoss = trace.tensor("val_loss").get(epoch);
      loss.add(Math.abs(v.loss() - expectedLoss) / expectedLoss, epoch + 1);
      explained.add(
          Math.abs(v.evGlobal() - trace.tensor("val_explained_variance").get(epoch)), epoch + 1);
      // The recorded share may have been rounded to float32; the count behind it is exact.
      long dead =
          Math.round(trace.tensor("val_feature_death_rate").get(epoch) * trace.config().dSae());
      deathRate.add((double) Math.abs(v.dead() - dead) / trace.config().dSae(), epoch + 1);
    }
    List<LargestError> compared =
        parts(precision) ? List.of(loss, explained) : List.of(stepLoss, loss, explained, deathRate);
    compared.forEach(error -> checks.add(error.check()));
  }

  private void compareParameters(String what, Parameters actual, String state, double tolerance) {
    checks.addAll(NormError.checks(what, actual, trace.parameters(state), tolerance));
  }
}
