package io.saenative.sae.reference;

import io.saenative.UserError;
import io.saenative.sae.Dataset;
import io.saenative.sae.Engine;
import io.saenative.sae.Optimizer;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Session;
import io.saenative.tensor.Tensor;
import java.util.Arrays;

/**
 * The mathematics in plain Java loops and double precision: {@link Forward}, {@link Gradients},
 * {@link AdamUpdate}, {@link Evaluate}. The judge of every other engine, and the one that runs
 * anywhere. It uses one thread; sums are in the order of rows and of indices.
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
    if (x.shape().length != 2 || x.dim(0) < 1 || x.dim(1) < 1) {
      throw new IllegalArgumentException(
          "a data set is [rows, d_in], not " + Arrays.toString(x.shape()));
    }
    return new Rows(x);
  }

  @Override
  public Session open(SaeConfig config, Optimizer optimizer) {
    long weights = (long) config.dSae() * config.dIn();
    long needed = STATES * (2 * weights + config.dSae() + config.dIn()) * Double.BYTES;
    long limit = Runtime.getRuntime().maxMemory();
    if (needed > limit || weights > Integer.MAX_VALUE) {
      throw new UserError(
          ("the reference engine needs %d MB for %d latents of width %d and the Java heap may grow"
                  + " to %d MB: choose --backend cpu or a smaller --latent-dim")
              .formatted(needed >> 20, config.dSae(), config.dIn(), limit >> 20));
    }
    return new ReferenceSession(config, optimizer);
  }

  /** The rows of a data set that a session of the given width may take, [rows, dIn]. */
  static Tensor rowsOf(Dataset data, int dIn) {
    if (!(data instanceof Rows rows)) {
      throw new IllegalArgumentException("the data set was loaded by another engine");
    }
    if (rows.closed) {
      throw new IllegalStateException("the data set is closed");
    }
    if (rows.dIn() != dIn) {
      throw new IllegalArgumentException(
          "the rows of the data set are " + rows.dIn() + " wide and the session takes " + dIn);
    }
    return rows.x;
  }

  /** Rows where they lie. */
  private static final class Rows implements Dataset {
    private final Tensor x;
    private boolean closed;

    Rows(Tensor x) {
      this.x = x;
    }

    @Override
    public int rows() {
      return Math.toIntExact(x.dim(0));
    }

    @Override
    public int dIn() {
      return Math.toIntExact(x.dim(1));
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
