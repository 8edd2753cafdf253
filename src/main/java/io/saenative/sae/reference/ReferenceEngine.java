package io.saenative.sae.reference;

import io.saenative.UserError;
import io.saenative.sae.Dataset;
import io.saenative.sae.Engine;
import io.saenative.sae.Optimizer;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Session;
import io.saenative.tensor.Tensor;

/**
 * The mathematics in plain Java loops and double precision, one class for each operation: the judge
 * of every other engine, and the one that runs anywhere. It uses one thread; sums are in the order
 * of rows and of indices.
 */
public final class ReferenceEngine implements Engine {
  private static final int STATES = Session.State.values().length;

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String describe() {
    return "plain Java in double precision, 1 thread";
  }

  @Override
  public Dataset load(Tensor x) {
    return new ReferenceDataset(x);
  }

  @Override
  public Session open(SaeConfig config, Optimizer optimizer) {
    long needed = STATES * ParameterArrays.bytes(config);
    long limit = Runtime.getRuntime().maxMemory();
    if (needed > limit || (long) config.dSae() * config.dIn() > Integer.MAX_VALUE) {
      throw new UserError(
          ("the reference engine needs %d MB for %d latents of width %d and the Java heap may grow"
                  + " to %d MB: choose --backend cpu or a smaller --latent-dim")
              .formatted(needed >> 20, config.dSae(), config.dIn(), limit >> 20));
    }
    return new ReferenceSession(config, optimizer);
  }
}
