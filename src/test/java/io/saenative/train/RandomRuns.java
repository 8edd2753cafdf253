package io.saenative.train;

import io.saenative.data.Activations;
import io.saenative.data.Activations.Source;
import io.saenative.data.InputScaling;
import io.saenative.data.Site;
import io.saenative.run.Provenance;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Small runs on random rows, for tests of everything around the mathematics. */
public final class RandomRuns {
  public static final int D_IN = 7;

  private RandomRuns() {}

  /** Gaussian rows with a common offset; the source's digest is the seed. */
  public static Activations rows(int rows, long seed) {
    Random random = new Random(seed);
    Tensor x = Tensor.zeros(DType.F32, rows, D_IN);
    for (long i = 0; i < x.size(); i++) {
      x.set(i, random.nextGaussian() + 0.5);
    }
    return new Activations(
        x, List.of(), new Source("rows " + seed, "digest " + seed, false), Optional.empty());
  }

  public static TrainingRun run(int k, int epochs, long seed) {
    return new TrainingRun(
        new SaeConfig(D_IN, 12, k, Selection.ABS, false), Optimizer.adam(1e-2, 8), epochs, seed);
  }

  public static Provenance provenance(TrainingRun run) {
    return new Provenance(
        run,
        Optional.of(new Site(14, 3)),
        InputScaling.NONE,
        1,
        "reference",
        Precision.FP32,
        rows(1, 1).source(),
        rows(1, 2).source());
  }
}
