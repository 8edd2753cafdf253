package io.saenative.verify;

import io.saenative.data.DType;
import io.saenative.data.Tensor;
import io.saenative.engine.Engine;
import io.saenative.engine.Precision;
import io.saenative.engine.Session;
import io.saenative.engine.Session.Split;
import io.saenative.engine.Session.State;
import io.saenative.model.Evaluation;
import io.saenative.model.Parameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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
 *
 * <p>An engine that rounds numbers before it multiplies them breaks more ties the other way. Its first gradient is held
 * against the reference instead of the recorded one, see {@link FirstBatch}. In bf16 so many are that the trainings part:
 * they end in other weights of the same quality, and of what was recorded after training only losses and explained variance
 * are compared.
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
    this.longestSum = Math.max(Math.max(trace.config().dIn(), trace.config().k()), trace.optimizer().batchSize()) + 1L;
  }

  /** The checks in the order of the run. */
  public static List<Check> replay(Engine engine, Trace trace) {
    try (Session session = engine.open(trace.config(), trace.optimizer())) {
      TraceReplay replay = new TraceReplay(trace, session.dtype(), engine.precision());
      replay.run(session);
      return List.copyOf(replay.checks);
    }
  }

  /** What a replay in this precision leaves out and why; empty if it compares all that was recorded. */
  public static Optional<String> leftOut(Precision precision) {
    return precision == Precision.BF16
        ? Optional.of(
            "not compared in bf16: death rate, weights, moments and codes after training; rounding decides them")
        : Optional.empty();
  }

  private void run(Session session) {
    session.setState(State.PARAMETERS, trace.parameters("init"));
    session.setData(Split.TRAIN, trace.tensor("x_train"));
    session.setData(Split.VALIDATION, trace.tensor("x_val"));
    compareFirstBatch(session);
    double tolerance = Tolerance.training(dtype, longestSum, trace.steps()) + Tolerance.training(precision);
    compareTraining(session, tolerance);
    if (leftOut(precision).isPresent()) {
      return;
    }
    compareParameters("final", session.state(State.PARAMETERS), "final", tolerance);
    compareParameters("Adam m", session.state(State.ADAM_M), "adam_m", tolerance);
    compareParameters("Adam v", session.state(State.ADAM_V), "adam_v", tolerance);
    checks.addAll(SelectionReplay.compare(session, trace, dtype == DType.F64 ? 0 : tolerance, tolerance));
  }

  private void compareFirstBatch(Session session) {
    int[] order = trace.order(0);
    Tensor x = trace.tensor("x_train").select(Arrays.copyOf(order, Math.min(trace.optimizer().batchSize(), order.length)));
    double sum = Tolerance.sum(dtype, longestSum);
    if (precision == Precision.FP32) {
      session.gradients(x);
      compareParameters("first gradient", session.state(State.GRADIENTS), "grad_step1", sum);
    } else {
      checks.addAll(
          FirstBatch.compare(
              session, trace, x, sum + Tolerance.product(precision), sum + Tolerance.gradient(precision)));
    }
  }

  private void compareTraining(Session session, double tolerance) {
    Worst stepLoss = new Worst("step loss", "step", tolerance);
    Worst loss = new Worst("validation loss", "epoch", tolerance);
    Worst explained = new Worst("validation explained variance", "epoch", tolerance);
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
    List<Worst> series = precision == Precision.BF16 ? List.of(stepLoss, loss, explained) : List.of(stepLoss, loss, explained, deathRate);
    for (Worst w : series) {
      checks.add(w.check());
    }
  }

  private void compareParameters(String what, Parameters actual, String state, double tolerance) {
    checks.addAll(NormError.checks(what, actual, trace.parameters(state), tolerance));
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
