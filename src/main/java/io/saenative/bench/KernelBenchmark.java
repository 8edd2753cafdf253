package io.saenative.bench;

import io.saenative.bench.Measurement.Clock;
import io.saenative.sae.Dataset;
import io.saenative.sae.Engine;
import io.saenative.sae.Initialization;
import io.saenative.sae.Optimizer;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Codes;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.train.EpochOrder;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Times every kernel call of an engine, its training step and its evaluation, on random data. By
 * the device's clock where the engine has one, else by the wall clock around the call.
 */
public final class KernelBenchmark {
  private static final long SEED = 0;
  private static final int WARM_UP = 3;

  /** A slow engine is timed less often: after this long three times are enough. */
  private static final double ENOUGH_SECONDS = 5;

  private static final int LEAST_REPEATS = 3;

  /**
   * How large what is timed is.
   *
   * @param batchSize rows of a training step and of each kernel call
   * @param trainRows rows of an epoch
   * @param validationRows rows of an evaluation
   */
  public record Sizes(SaeConfig sae, int batchSize, int trainRows, int validationRows) {}

  private final Session session;
  private final Sizes sizes;
  private final int repeats;
  private final Consumer<Measurement> listener;

  private KernelBenchmark(
      Session session, Sizes sizes, int repeats, Consumer<Measurement> listener) {
    this.session = session;
    this.sizes = sizes;
    this.repeats = repeats;
    this.listener = listener;
  }

  /**
   * Runs all cases.
   *
   * @param repeats times that each case is timed after its warm-up
   * @param listener hears of each case as it ends
   */
  public static void run(Engine engine, Sizes sizes, int repeats, Consumer<Measurement> listener) {
    SplittableRandom random = new SplittableRandom(SEED);
    int dIn = sizes.sae().dIn();
    try (Dataset train = engine.load(gaussian(random, sizes.trainRows(), dIn));
        Dataset validation = engine.load(gaussian(random, sizes.validationRows(), dIn));
        Session session = engine.open(sizes.sae(), Optimizer.adam(1e-3, sizes.batchSize()))) {
      session.setData(Split.TRAIN, train);
      session.setData(Split.VALIDATION, validation);
      new KernelBenchmark(session, sizes, repeats, listener).run(random);
    }
  }

  private void run(SplittableRandom random) {
    SaeConfig sae = sizes.sae();
    int rows = sizes.batchSize();
    session.setState(State.PARAMETERS, Initialization.torchLinear(sae, SEED));
    Tensor x = gaussian(random, rows, sae.dIn());
    Tensor z = gaussian(random, rows, sae.dSae());
    Codes codes = session.encodeTopK(x);
    int[] order = EpochOrder.of(SEED, 0, sizes.trainRows());
    int steps = Math.ceilDiv(sizes.trainRows(), rows);
    Work step = Work.trainStep(sae, (double) sizes.trainRows() / steps);
    Work evaluation = Work.evaluate(sae, sizes.validationRows());

    time("select_topk", 1, Work.selectTopK(sae, rows), () -> session.selectTopK(z));
    time("encode_topk", 1, Work.encodeTopK(sae, rows), () -> session.encodeTopK(x));
    time("decode_sparse", 1, Work.decodeSparse(sae, rows), () -> session.decodeSparse(codes));
    time("gradients", 1, Work.gradients(sae, rows), () -> session.gradients(x));
    time("adam_update", 1, Work.adamUpdate(sae), session::adamUpdate);
    time("train_step", steps, step, () -> session.trainEpoch(order));
    time("evaluate", 1, evaluation, () -> session.evaluate(Split.VALIDATION));
  }

  /** Times a call that does {@code parts} of the case. */
  private void time(String name, int parts, Work work, Runnable call) {
    double[] wall = new double[repeats];
    double[] device = new double[repeats];
    int timed = 0;
    double spent = 0;
    OptionalDouble clock = OptionalDouble.empty();
    for (int i = -WARM_UP; i < repeats && (timed < LEAST_REPEATS || spent < ENOUGH_SECONDS); i++) {
      long began = System.nanoTime();
      call.run();
      double seconds = (System.nanoTime() - began) / 1e9;
      spent += seconds;
      clock = session.deviceSeconds();
      if (i >= 0) {
        wall[timed] = seconds / parts;
        device[timed] = clock.orElse(Double.NaN) / parts;
        timed++;
      }
    }
    double[] calls = Arrays.copyOf(wall, timed);
    boolean onDevice = clock.isPresent();
    listener.accept(
        Measurement.of(
            name,
            onDevice ? Clock.DEVICE : Clock.WALL,
            onDevice ? Arrays.copyOf(device, timed) : calls,
            OptionalDouble.of(Measurement.median(calls)),
            work));
  }

  private static Tensor gaussian(SplittableRandom random, int rows, int columns) {
    Tensor t = Tensor.zeros(DType.F32, rows, columns);
    for (long i = 0, n = t.size(); i < n; i++) {
      t.set(i, random.nextGaussian());
    }
    return t;
  }
}
