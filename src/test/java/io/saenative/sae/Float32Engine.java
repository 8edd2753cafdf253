package io.saenative.sae;

import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/**
 * What a right engine in float32 may look like to its judge, and what wrong ones may: the reference
 * with everything it keeps and returns rounded to float32 and its inputs disturbed by a few
 * roundings, and with one fault planted on request.
 */
final class Float32Engine implements Engine {
  enum Fault {
    NONE,
    LATER_TIE_WINS,
    SELECTS_ONE_WRONG_LATENT,
    INDICES_DESCEND,
    VALUES_OFF_BY_1E_4,
    NO_PRE_BIAS,
    NO_DECODER_BIAS,
    GRADIENT_OF_THE_SUM,
    GRADIENT_THROUGH_CUT_LATENTS,
    NO_BIAS_CORRECTION,
    LAST_BATCH_DROPPED,
    EVALUATES_IN_FLOAT32,
    ONE_FIRING_TOO_MANY
  }

  private static final double DISTURBANCE = 4 * 0x1p-24;

  private final Fault fault;
  private final long seed;

  Float32Engine(Fault fault, long seed) {
    this.fault = fault;
    this.seed = seed;
  }

  @Override
  public String name() {
    return "float32";
  }

  @Override
  public String describe() {
    return "the reference rounded to float32, fault " + fault + ", roundings " + seed;
  }

  @Override
  public Dataset load(Tensor x) {
    return new Rows(x);
  }

  private record Rows(Tensor x) implements Dataset {
    @Override
    public int rows() {
      return (int) x.dim(0);
    }

    @Override
    public int dIn() {
      return (int) x.dim(1);
    }

    @Override
    public void close() {}
  }

  private static Tensor rowsOf(Dataset data) {
    if (!(data instanceof Rows rows)) {
      throw new IllegalArgumentException("the data set was loaded by another engine");
    }
    return rows.x();
  }

  @Override
  public Session open(SaeConfig config, Optimizer optimizer) {
    return new RoundedSession(config, optimizer);
  }

  private final class RoundedSession implements Session {
    private final SaeConfig config;
    private final Optimizer optimizer;
    private final Session exact;
    private Tensor train;

    RoundedSession(SaeConfig c, Optimizer optimizer) {
      this.config =
          fault == Fault.NO_PRE_BIAS
              ? new SaeConfig(c.dIn(), c.dSae(), c.k(), c.selection(), false)
              : c;
      this.optimizer = optimizer;
      this.exact = new ReferenceEngine().open(config, optimizer);
    }

    @Override
    public DType dtype() {
      return DType.F32;
    }

    @Override
    public void setState(State state, Parameters tensors) {
      exact.setState(state, tensors.as(DType.F32));
    }

    @Override
    public Parameters state(State state) {
      return exact.state(state).as(DType.F32);
    }

    @Override
    public void setStep(long step) {
      exact.setStep(step);
    }

    @Override
    public long step() {
      return exact.step();
    }

    @Override
    public void setData(Split split, Dataset data) {
      Tensor x = rowsOf(data);
      if (split == Split.TRAIN) {
        train = x;
      }
      exact.setData(
          split,
          new ReferenceEngine().load(fault == Fault.EVALUATES_IN_FLOAT32 ? disturbed(x) : x));
    }

    @Override
    public double[] trainEpoch(int[] order) {
      int size = optimizer.batchSize();
      int steps =
          fault == Fault.LAST_BATCH_DROPPED
              ? order.length / size
              : Math.ceilDiv(order.length, size);
      double[] losses = new double[Math.ceilDiv(order.length, size)];
      for (int s = 0; s < steps; s++) {
        int[] batch = Arrays.copyOfRange(order, s * size, Math.min((s + 1) * size, order.length));
        Tensor rows = Tensor.zeros(DType.F32, batch.length, config.dIn());
        for (int r = 0; r < batch.length; r++) {
          rows.rows(r, r + 1).data().copyFrom(train.rows(batch[r], batch[r] + 1).data());
        }
        losses[s] = gradients(rows);
        adamUpdate();
      }
      return losses;
    }

    @Override
    public Evaluation evaluate(Split split) {
      Evaluation v = exact.evaluate(split);
      if (fault == Fault.ONE_FIRING_TOO_MANY) {
        v.firingCount()[0]++;
      }
      return v;
    }

    @Override
    public Codes selectTopK(Tensor z) {
      if (fault == Fault.LATER_TIE_WINS) {
        Codes mirrored = exact.selectTopK(mirrored(z));
        Tensor indices = mirrored(mirrored.indices());
        for (long i = 0; i < indices.size(); i++) {
          indices.set(i, config.dSae() - 1 - indices.get(i));
        }
        return new Codes(indices, mirrored(mirrored.values()).as(DType.F32));
      }
      return faulty(exact.selectTopK(z));
    }

    @Override
    public Codes encodeTopK(Tensor x) {
      return faulty(exact.encodeTopK(disturbed(x)));
    }

    @Override
    public Codes encodeTopK(Dataset data, int first, int rows) {
      Codes all = encodeTopK(rowsOf(data));
      return new Codes(
          all.indices().rows(first, first + rows), all.values().rows(first, first + rows));
    }

    @Override
    public Tensor decodeSparse(Codes codes) {
      Parameters p = exact.state(State.PARAMETERS);
      if (fault == Fault.NO_DECODER_BIAS) {
        Tensor none = Tensor.zeros(DType.F64, config.dIn());
        exact.setState(State.PARAMETERS, new Parameters(p.wEnc(), p.bEnc(), p.wDec(), none));
      }
      Tensor xHat =
          exact.decodeSparse(new Codes(codes.indices(), disturbed(codes.values()))).as(DType.F32);
      exact.setState(State.PARAMETERS, p);
      return xHat;
    }

    @Override
    public double gradients(Tensor x) {
      double loss = exact.gradients(x);
      Parameters g = exact.state(State.GRADIENTS);
      double factor = fault == Fault.GRADIENT_OF_THE_SUM ? x.size() : 1;
      exact.setState(
          State.GRADIENTS,
          Comparisons.each(g, t -> disturbed(Comparisons.map(t, v -> v * factor))));
      if (fault == Fault.GRADIENT_THROUGH_CUT_LATENTS && config.selection() == Selection.RELU) {
        exact.setState(State.GRADIENTS, gradientsWithoutCut(x));
      }
      return loss;
    }

    @Override
    public void adamUpdate() {
      if (fault == Fault.NO_BIAS_CORRECTION) {
        exact.setStep(exact.step() + 100_000);
        exact.adamUpdate();
        exact.setStep(exact.step() - 100_000);
      } else {
        exact.adamUpdate();
      }
      for (State s : State.values()) {
        exact.setState(s, exact.state(s).as(DType.F32));
      }
    }

    @Override
    public void close() {
      exact.close();
    }

    /** As if the selected pre-activations that the ReLU cuts had kept their values. */
    private Parameters gradientsWithoutCut(Tensor x) {
      SaeConfig abs =
          new SaeConfig(config.dIn(), config.dSae(), config.k(), Selection.ABS, config.preBias());
      try (Session s = new ReferenceEngine().open(abs, optimizer)) {
        s.setState(State.PARAMETERS, exact.state(State.PARAMETERS));
        s.gradients(x);
        return s.state(State.GRADIENTS);
      }
    }

    private Codes faulty(Codes c) {
      Tensor indices = c.indices();
      Tensor values = c.values().as(DType.F32);
      int k = config.k();
      for (long r = 0; r < indices.dim(0); r++) {
        long last = (r + 1) * k - 1;
        if (fault == Fault.SELECTS_ONE_WRONG_LATENT && indices.get(last) < config.dSae() - 1) {
          indices.set(last, config.dSae() - 1);
        }
      }
      return switch (fault) {
        case INDICES_DESCEND -> new Codes(mirrored(indices), mirrored(values));
        case VALUES_OFF_BY_1E_4 -> new Codes(indices, Comparisons.map(values, v -> v * (1 + 1e-4)));
        default -> new Codes(indices, values);
      };
    }

    /** Integers are left alone: sums of small ones are exact in float32 as well. */
    private Tensor disturbed(Tensor t) {
      Random random = new Random(seed);
      DoubleUnaryOperator round = v -> v * (1 + DISTURBANCE * (2 * random.nextDouble() - 1));
      return Comparisons.map(t, v -> v == Math.rint(v) ? v : round.applyAsDouble(v)).as(DType.F32);
    }

    private static Tensor mirrored(Tensor t) {
      Tensor m = Tensor.zeros(t.dtype(), t.shape());
      long n = t.dim(1);
      for (long r = 0; r < t.dim(0); r++) {
        for (long j = 0; j < n; j++) {
          m.set(r * n + j, t.get((r + 1) * n - 1 - j));
        }
      }
      return m;
    }
  }
}
