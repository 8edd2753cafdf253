package io.saenative.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.UserError;
import io.saenative.data.Activations;
import io.saenative.data.InputScaling;
import io.saenative.sae.Engine;
import io.saenative.sae.Initialization;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Parameters;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class TrainerTest {
  private static final Engine ENGINE = new ReferenceEngine();
  private static final Activations TRAIN =
      RandomRuns.rows(29, 1); // three batches of 8 and one of 5
  private static final Activations VALIDATION = RandomRuns.rows(13, 2);

  @Test
  void resumedAtAnyEpochEndsWithTheSameBits() {
    TrainingRun run = RandomRuns.run(3, 5, 42);
    Trainer.Outcome unbroken = train(run, TrainingState.initial(run), () -> false);
    for (int epochs = 0; epochs <= 5; epochs++) {
      Trainer.Outcome first = train(run, TrainingState.initial(run), stopAfter(epochs));
      assertEquals(epochs < 5, first.interrupted());
      assertEquals(epochs, first.state().epochsDone());
      assertEquals(epochs * 4L, first.state().step());
      assertEquals(epochs, first.state().history().epochs().size());
      Trainer.Outcome second = train(run, first.state(), () -> false);
      assertSameBits(unbroken.state(), second.state());
      assertEquals(unbroken.validation().error().squared(), second.validation().error().squared());
      assertFalse(second.interrupted());
    }
  }

  @Test
  void aRunIsAFunctionOfItsSeed() {
    TrainingRun run = RandomRuns.run(3, 2, 7);
    TrainingState once = train(run, TrainingState.initial(run), () -> false).state();
    assertSameBits(once, train(run, TrainingState.initial(run), () -> false).state());
    TrainingRun other = RandomRuns.run(3, 2, 8);
    assertFalse(
        once.parameters()
            .sameBits(
                train(other, TrainingState.initial(other), () -> false).state().parameters()));
  }

  /** The same epochs driven by hand, step losses and all. */
  @Test
  void historyHoldsWhatTheEngineMeasured() {
    TrainingRun run = RandomRuns.run(4, 3, 9);
    List<Integer> heard = new ArrayList<>();
    Trainer.Outcome outcome;
    try (Session session = ENGINE.open(run.sae(), run.optimizer())) {
      outcome =
          Trainer.train(
              session,
              run,
              ENGINE.load(TRAIN.x()),
              ENGINE.load(VALIDATION.x()),
              TrainingState.initial(run),
              (history, state) -> {
                heard.add(history.epochs().size());
                assertTrue(state.get().parameters().sameBits(session.state(State.PARAMETERS)));
              },
              () -> false);
    }
    assertEquals(List.of(1, 2, 3), heard);
    try (Session session = ENGINE.open(run.sae(), run.optimizer())) {
      session.setData(Split.TRAIN, ENGINE.load(TRAIN.x()));
      session.setData(Split.VALIDATION, ENGINE.load(VALIDATION.x()));
      session.setState(State.PARAMETERS, Initialization.torchLinear(run.sae(), 9));
      for (int epoch = 0; epoch < 3; epoch++) {
        double[] loss = session.trainEpoch(EpochOrder.of(9, epoch, 29));
        History.Epoch figures = outcome.state().history().epochs().get(epoch);
        assertEquals(
            (loss[0] + loss[1] + loss[2] + loss[3]) / 4,
            figures.trainLoss(),
            1e-15 * figures.trainLoss() * 4);
        assertEquals(session.evaluate(Split.VALIDATION).loss(), figures.valLoss());
        assertEquals(session.evaluate(Split.VALIDATION).evGlobal(), figures.valExplainedVariance());
        assertEquals(session.evaluate(Split.VALIDATION).deathRate(), figures.valFeatureDeathRate());
      }
    }
  }

  @Test
  void divergenceIsNamed() {
    TrainingRun calm = RandomRuns.run(3, 5, 1);
    TrainingRun wild = new TrainingRun(calm.sae(), Optimizer.adam(1e200, 8), 5, 1);
    UserError e =
        assertThrows(UserError.class, () -> train(wild, TrainingState.initial(wild), () -> false));
    assertTrue(e.getMessage().contains("--lr") || e.getMessage().contains("step"), e::getMessage);
  }

  @Test
  void unitNormScalingGivesTheMeanRowTheNormOfItsWidth() {
    double factor = InputScaling.UNIT_NORM.factor(TRAIN);
    Activations scaled = InputScaling.scaled(TRAIN, factor);
    double norms = 0;
    for (int row = 0; row < scaled.rows(); row++) {
      double squares = 0;
      for (double v : scaled.x().rows(row, row + 1).toDoubles()) {
        squares += v * v;
      }
      norms += Math.sqrt(squares);
    }
    assertEquals(
        Math.sqrt(RandomRuns.D_IN), norms / scaled.rows(), 1e-6); // entries are rounded to F32
    assertEquals(1, InputScaling.NONE.factor(TRAIN));
  }

  private static Trainer.Outcome train(TrainingRun run, TrainingState start, BooleanSupplier stop) {
    try (Session session = ENGINE.open(run.sae(), run.optimizer())) {
      assertEquals(DType.F64, session.dtype());
      return Trainer.train(
          session,
          run,
          ENGINE.load(TRAIN.x()),
          ENGINE.load(VALIDATION.x()),
          start,
          (history, state) -> {},
          stop);
    }
  }

  private static BooleanSupplier stopAfter(int epochs) {
    AtomicInteger asked = new AtomicInteger();
    return () -> asked.getAndIncrement() == epochs;
  }

  private static void assertSameBits(TrainingState a, TrainingState b) {
    assertEquals(a.epochsDone(), b.epochsDone());
    assertEquals(a.step(), b.step());
    for (Parameters[] pair :
        new Parameters[][] {
          {a.parameters(), b.parameters()}, {a.adamM(), b.adamM()}, {a.adamV(), b.adamV()}
        }) {
      assertTrue(pair[0].sameBits(pair[1]));
    }
    assertEquals(
        a.history().column(History.Epoch::trainLoss), b.history().column(History.Epoch::trainLoss));
    assertEquals(
        a.history().column(History.Epoch::valLoss), b.history().column(History.Epoch::valLoss));
  }
}
