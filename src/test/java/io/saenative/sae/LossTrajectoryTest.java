package io.saenative.sae;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.sae.nativelib.NativeEngine;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.verify.Tolerance;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two backends that share no code train alike: the losses of 20 steps agree as far as rounding
 * explains.
 */
class LossTrajectoryTest {
  private static final int STEPS = 20;

  @Test
  void simtFollowsTheCpu() {
    compare(
        DeviceBackends.simt(Precision.FP32), new SaeConfig(160, 96, 20, Selection.ABS, false), 32);
  }

  /** At the shape of the Large K experiment. */
  @Test
  @Tag("gpu")
  void cudaFollowsTheCpu() {
    compare(
        DeviceBackends.cuda(Precision.FP32),
        new SaeConfig(2048, 512, 100, Selection.ABS, false),
        256);
  }

  private static void compare(Engine engine, SaeConfig config, int batchSize) {
    double[] actual = losses(engine, config, batchSize);
    double[] expected = losses(new NativeEngine("cpu", 0, Precision.FP32), config, batchSize);
    assertEquals(STEPS, actual.length);
    assertTrue(expected[STEPS - 1] < 0.9 * expected[0], "the training gets somewhere");
    long longestSum = Math.max(config.dIn(), batchSize) + 1L;
    for (int s = 0; s < STEPS; s++) {
      // Both sides round.
      double tolerance = 2 * Tolerance.training(DType.F32, longestSum, s + 1);
      assertEquals(expected[s], actual[s], tolerance * expected[s], "loss of step " + (s + 1));
    }
  }

  private static double[] losses(Engine engine, SaeConfig config, int batchSize) {
    Random random = new Random(8);
    // The last batch is smaller.
    int rows = STEPS * batchSize - batchSize / 3;
    Tensor x = Tensor.zeros(DType.F32, rows, config.dIn());
    for (long i = 0; i < x.size(); i++) {
      x.set(i, 0.5 + 0.2 * random.nextGaussian());
    }
    try (Dataset train = engine.load(x);
        Session session = engine.open(config, Optimizer.adam(1e-3, batchSize))) {
      session.setState(State.PARAMETERS, Initialization.torchLinear(config, 3));
      session.setData(Split.TRAIN, train);
      return session.trainEpoch(IntStream.range(0, rows).toArray());
    }
  }
}
