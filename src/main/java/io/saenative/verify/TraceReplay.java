package io.saenative.verify;

import io.saenative.sae.Dataset;
import io.saenative.sae.Engine;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Parameters;
import io.saenative.sae.Precision;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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
 * first gradient is held against the reference instead of the recorded one, see {@link FirstBatch}.
 * In bf16 the trainings part for that reason, see {@link Tolerance}: of what was recorded later
 * only the quality is compared.
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
    double tolerance = Tolerance.training(dtype, longestSum, trace.steps());
    if (parts(precision)) {
      Series series = train(session, tolerance + Tolerance.parted(precision));
      checks.addAll(List.of(series.loss.check(), series.explained.check()));
    } else {
      compareTraining(session, tolerance + Tolerance.training(precision));
    }
  }

  private void compareFirstBatch(Session session) {
    int[] order = trace.order(0);
    Tensor x =
        trace
            .tensor("x_train")
            .select(Arrays.copyOf(order, Math.min(trace.optimizer().batchSize(), order.length)));
    double sum = Tolerance.sum(dtype, longestSum);
    if (precision == Precision.FP32) {
      session.gradients(x);
      compareParameters("first gradient", session.state(State.GRADIENTS), "grad_step1", sum);
    } else {
      double codes = sum + Tolerance.product(precision);
      checks.addAll(FirstBatch.compare(session, trace, x, codes, sum + Tolerance.step(precision)));
    }
  }

  private void compareTraining(Session session, double tolerance) {
    Series series = train(session, tolerance);
    for (Worst w : List.of(series.stepLoss, series.loss, series.explained, series.deathRate)) {
      checks.add(w.check());
    }
    compareParameters("final", session.state(State.PARAMETERS), "final", tolerance);
    compareParameters("Adam m", session.state(State.ADAM_M), "adam_m", tolerance);
    compareParameters("Adam v", session.state(State.ADAM_V), "adam_v", tolerance);
    checks.addAll(
        SelectionReplay.compare(session, trace, dtype == DType.F64 ? 0 : tolerance, tolerance));
  }

  /** Errors of what is measured step by step and epoch by epoch. */
  private record Series(Worst stepLoss, Worst loss, Worst explained, Worst deathRate) {}

  private Series train(Session session, double tolerance) {
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
      explained.add(
          Math.abs(v.evGlobal() - trace.tensor("val_explained_variance").get(epoch)), epoch + 1);
      // The recorded share may have been rounded to float32; the count behind it is exact.
      long dead =
          Math.round(trace.tensor("val_feature_death_rate").get(epoch) * trace.config().dSae());
      deathRate.add((double) Math.abs(v.dead() - dead) / trace.config().dSae(), epoch + 1);
    }
    return new Series(stepLoss, loss, explained, deathRate);
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
