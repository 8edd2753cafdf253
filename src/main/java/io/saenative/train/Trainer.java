package io.saenative.train;

import io.saenative.UserError;
import io.saenative.sae.Dataset;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Split;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Runs the epochs: order, training, validation. */
public final class Trainer {
  /** Explained variance below which a training whose loss has risen is of no use to anyone. */
  private static final double DIVERGED = 1 - 10;

  private Trainer() {}

  /** Hears of every epoch as it ends. */
  @FunctionalInterface
  public interface Listener {
    /**
     * @param history up to and including the epoch that has just ended
     * @param state copies the state at this point out of the session, for a checkpoint
     */
    void epochDone(History history, Supplier<TrainingState> state);
  }

  /**
   * How a training ended.
   *
   * @param validation figures of {@code state} on the validation rows
   * @param interrupted whether it was stopped before its last epoch
   * @param diverged whether its training loss has risen, and its error on the validation rows has
   *     more than ten times their variance
   */
  public record Outcome(
      TrainingState state, Evaluation validation, boolean interrupted, boolean diverged) {}

  /**
   * Trains from {@code start} to the run's last epoch. Where {@code start} already is there, it is
   * only evaluated.
   *
   * @param train rows to train on, and {@code validation} rows to measure on after each epoch, both
   *     loaded by the session's engine
   * @param start {@link TrainingState#initial} or what a checkpoint holds; continuing gives the
   *     bits of an unbroken run
   * @param stop asked before each epoch
   * @throws UserError if a loss stops being finite
   */
  public static Outcome train(
      Session session,
      TrainingRun run,
      Dataset train,
      Dataset validation,
      TrainingState start,
      Listener listener,
      BooleanSupplier stop) {
    Optional<Ahead<int[]>> order = order(run, start.epochsDone(), train);
    session.setData(Split.TRAIN, train);
    session.setData(Split.VALIDATION, validation);
    start.restore(session);
    History history = start.history();
    Evaluation evaluation = null;
    double firstLoss =
        history.epochs().isEmpty() ? Double.NaN : history.epochs().getFirst().trainLoss();
    for (int epoch = start.epochsDone(); epoch < run.epochs() && !stop.getAsBoolean(); epoch++) {
      long began = System.nanoTime();
      int[] rows = order.orElseThrow().get();
      order = order(run, epoch + 1, train);
      double[] stepLosses = session.trainEpoch(rows);
      evaluation = session.evaluate(Split.VALIDATION);
      double seconds = (System.nanoTime() - began) / 1e9;
      double trainLoss = Arrays.stream(stepLosses).average().orElseThrow();
      if (!Double.isFinite(trainLoss) || !Double.isFinite(evaluation.loss())) {
        throw new UserError(
            "training diverged in epoch "
                + (epoch + 1)
                + ": its loss is not finite; choose a smaller --lr");
      }
      history =
          history.plus(
              new History.Epoch(
                  trainLoss,
                  evaluation.loss(),
                  evaluation.evGlobal(),
                  evaluation.deathRate(),
                  seconds));
      firstLoss = epoch == 0 ? stepLosses[0] : firstLoss;
      History soFar = history;
      listener.epochDone(soFar, () -> TrainingState.of(session, soFar));
    }
    TrainingState end = TrainingState.of(session, history);
    Evaluation last = evaluation == null ? session.evaluate(Split.VALIDATION) : evaluation;
    boolean rose = end.epochsDone() > 0 && history.epochs().getLast().trainLoss() > firstLoss;
    return new Outcome(
        end, last, end.epochsDone() < run.epochs(), rose && last.evGlobal() < DIVERGED);
  }

  /** Drawn while the session works; empty after the last epoch. */
  private static Optional<Ahead<int[]>> order(TrainingRun run, int epoch, Dataset train) {
    return epoch < run.epochs()
        ? Optional.of(Ahead.of(() -> EpochOrder.of(run.seed(), epoch, train.rows())))
        : Optional.empty();
  }
}
