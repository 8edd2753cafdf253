package io.saenative.verify;

import io.saenative.data.DType;
import io.saenative.data.Tensor;
import io.saenative.engine.Engine;
import io.saenative.engine.Session;
import io.saenative.engine.Session.Split;
import io.saenative.engine.Session.State;
import io.saenative.model.Evaluation;
import io.saenative.model.Parameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Repeats a recorded training run on an engine and compares everything that was recorded. Errors are relative:
 *
 * <ul>
 *   <li>a tensor (gradients, weights, moments, selected values, reconstruction): ‖difference‖ / ‖recorded‖, Euclidean norms
 *       of the whole tensor;
 *   <li>a loss: |difference| / recorded, the largest over steps or epochs;
 *   <li>explained variance and death rate are shares already: |difference|;
 *   <li>selected latents: the share of them that differs. In float32 two latents may swap if their keys tie within the
 *       tolerance of weights; then their values are not compared, nor is the reconstruction of their row.
 * </ul>
 */
public final class TraceReplay {
  private final Trace trace;
  private final DType precision;
  private final double stepTolerance;
  private final double runTolerance;
  private final List<Check> checks = new ArrayList<>();

  private TraceReplay(Trace trace, DType enginePrecision) {
    this.trace = trace;
    this.precision = Tolerance.lesser(enginePrecision, trace.dtype());
    long longestSum = Math.max(Math.max(trace.config().dIn(), trace.config().k()), trace.optimizer().batchSize()) + 1L;
    this.stepTolerance = Tolerance.sum(precision, longestSum);
    this.runTolerance = Tolerance.training(precision, longestSum, trace.steps());
  }

  /** The checks in the order of the run. */
  public static List<Check> replay(Engine engine, Trace trace) {
    try (Session session = engine.open(trace.config(), trace.optimizer())) {
      TraceReplay replay = new TraceReplay(trace, session.precision());
      replay.run(session);
      return List.copyOf(replay.checks);
    }
  }

  private void run(Session session) {
    session.setState(State.PARAMETERS, trace.parameters("init"));
    session.setData(Split.TRAIN, trace.tensor("x_train"));
    session.setData(Split.VALIDATION, trace.tensor("x_val"));

    session.gradients(firstBatch());
    compareParameters("first gradient", session.state(State.GRADIENTS), "grad_step1", stepTolerance);

    Worst stepLoss = new Worst("step loss", "step", runTolerance);
    Worst loss = new Worst("validation loss", "epoch", runTolerance);
    Worst explained = new Worst("validation explained variance", "epoch", runTolerance);
    Worst deathRate = new Worst("validation death rate", "epoch", 0);
    int step = 0;
    for (int epoch = 0; epoch < trace.epochs(); epoch++) {
      for (double actual : session.trainEpoch(trace.order(epoch))) {
        double expected = trace.tensor("step_loss").get(step);
        stepLoss.add(Math.abs(actual - expected) / expected, ++step);
      }
      Evaluation v = session.evaluate(Split.VALIDATION);
      double expectedLoss = trace.tensor("val_loss").get(epoch);
      loss.add(Math.abs(v.loss() - expectedLoss) / expectedLoss, epoch + 1);
      explained.add(Math.abs(v.evGlobal() - trace.tensor("val_explained_variance").get(epoch)), epoch + 1);
      // The recorded share may have been rounded to float32; the count behind it is exact.
      long dead = Math.round(trace.tensor("val_feature_death_rate").get(epoch) * trace.config().dSae());
      deathRate.add((double) Math.abs(v.dead() - dead) / trace.config().dSae(), epoch + 1);
    }
    for (Worst w : List.of(stepLoss, loss, explained, deathRate)) {
      checks.add(w.check());
    }

    compareParameters("final", session.state(State.PARAMETERS), "final", runTolerance);
    compareParameters("Adam m", session.state(State.ADAM_M), "adam_m", runTolerance);
    compareParameters("Adam v", session.state(State.ADAM_V), "adam_v", runTolerance);
    SelectionReplay selection = new SelectionReplay(trace, precision == DType.F64 ? 0 : runTolerance);
    checks.addAll(selection.compare(session, runTolerance));
  }

  private Tensor firstBatch() {
    int[] order = trace.order(0);
    int[] rows = Arrays.copyOf(order, Math.min(trace.optimizer().batchSize(), order.length));
    Tensor x = trace.tensor("x_train");
    Tensor batch = Tensor.zeros(x.dtype(), rows.length, x.dim(1));
    for (int r = 0; r < rows.length; r++) {
      batch.rows(r, r + 1).data().copyFrom(x.rows(rows[r], rows[r] + 1).data());
    }
    return batch;
  }

  private void compareParameters(String what, Parameters actual, String state, double tolerance) {
    Parameters expected = trace.parameters(state);
    checks.add(NormError.of(actual.wEnc(), expected.wEnc()).check(what + " W_enc", tolerance));
    checks.add(NormError.of(actual.bEnc(), expected.bEnc()).check(what + " b_enc", tolerance));
    checks.add(NormError.of(actual.wDec(), expected.wDec()).check(what + " W_dec", tolerance));
    checks.add(NormError.of(actual.bDec(), expected.bDec()).check(what + " b_dec", tolerance));
  }

  /** The largest of a series of errors. */
  private static final class Worst {
    private final String quantity;
    private final String unit;
    private final double tolerance;
    private double error = Double.NEGATIVE_INFINITY;
    private int at;

    Worst(String quantity, String unit, double tolerance) {
      this.quantity = quantity;
      this.unit = unit;
      this.tolerance = tolerance;
    }

    /** NaN counts as the largest. */
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
}
