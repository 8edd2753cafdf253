package io.saenative.sae.reference;

import io.saenative.UserError;
import io.saenative.sae.Dataset;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Session;
import io.saenative.sae.reference.Forward.Selected;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The state of one model; each call checks its arguments and hands plain arrays to the class of its
 * name.
 */
final class ReferenceSession implements Session {
  private final SaeConfig config;
  private final Optimizer optimizer;
  private final Map<State, ParameterArrays> states = new EnumMap<>(State.class);
  private final Map<Split, Tensor> splits = new EnumMap<>(Split.class);
  private long step;

  ReferenceSession(SaeConfig config, Optimizer optimizer) {
    this.config = config;
    this.optimizer = optimizer;
    for (State s : State.values()) {
      states.put(s, ParameterArrays.zeros(config));
    }
  }

  @Override
  public DType dtype() {
    return DType.F64;
  }

  @Override
  public void setState(State state, Parameters tensors) {
    states.put(state, ParameterArrays.of(tensors, config));
  }

  @Override
  public Parameters state(State state) {
    return arrays(state).toParameters(config);
  }

  @Override
  public void setStep(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("the step count cannot be " + step);
    }
    this.step = step;
  }

  @Override
  public long step() {
    return step;
  }

  @Override
  public void setData(Split split, Dataset data) {
    splits.put(split, ReferenceEngine.rowsOf(data, config.dIn()));
  }

  @Override
  public double[] trainEpoch(int[] order) {
    Tensor x = dataOf(Split.TRAIN);
    for (int row : order) {
      Objects.checkIndex(row, x.dim(0));
    }
    int batchSize = optimizer.batchSize();
    double[] losses = new double[Math.ceilDiv(order.length, batchSize)];
    for (int s = 0; s < losses.length; s++) {
      int from = s * batchSize;
      int[] batch =
          Arrays.copyOfRange(order, from, from + Math.min(batchSize, order.length - from));
      losses[s] = gradients(x.select(batch).toDoubles(), batch.length);
      adamUpdate();
    }
    return losses;
  }

  @Override
  public Evaluation evaluate(Split split) {
    return Evaluate.evaluate(config, parameters(), dataOf(split));
  }

  @Override
  public Codes selectTopK(Tensor z) {
    int rows = rows(z, config.dSae());
    double[] all = z.toDoubles();
    double[] keys = new double[config.dSae()];
    Selected out = Selected.empty(rows, config.k());
    for (int r = 0; r < rows; r++) {
      Forward.selectTopK(config, all, r, keys, out, r);
    }
    return out.toCodes(rows, config.k());
  }

  @Override
  public Codes encodeTopK(Tensor x) {
    int rows = rows(x, config.dIn());
    return Forward.encodeTopK(config, parameters(), x.toDoubles(), rows).toCodes(rows, config.k());
  }

  @Override
  public Codes encodeTopK(Dataset data, int first, int rows) {
    Objects.checkFromIndexSize(first, rows, data.rows());
    return encodeTopK(ReferenceEngine.rowsOf(data, config.dIn()).rows(first, first + rows));
  }

  @Override
  public Tensor decodeSparse(Codes codes) {
    int rows = rows(codes.indices(), config.k());
    if (rows(codes.values(), config.k()) != rows) {
      throw new IllegalArgumentException(
          rows + " rows of indices, but " + codes.values().dim(0) + " of values");
    }
    int[] indices = codes.indices().toInts();
    for (int j : indices) {
      Objects.checkIndex(j, config.dSae());
    }
    Selected selected = new Selected(indices, codes.values().toDoubles());
    double[] xHat = Forward.decodeSparse(config, parameters(), selected, rows);
    return Tensor.of(xHat, rows, config.dIn());
  }

  @Override
  public double gradients(Tensor x) {
    int rows = rows(x, config.dIn());
    if (rows < 1 || rows > optimizer.batchSize()) {
      throw new IllegalArgumentException(
          "a batch has 1 to " + optimizer.batchSize() + " rows, not " + rows);
    }
    return gradients(x.toDoubles(), rows);
  }

  @Override
  public void adamUpdate() {
    step++;
    AdamUpdate.adamUpdate(
        optimizer,
        step,
        parameters(),
        arrays(State.GRADIENTS),
        arrays(State.ADAM_M),
        arrays(State.ADAM_V));
  }

  @Override
  public void close() {
    splits.clear();
  }

  private double gradients(double[] x, int rows) {
    double loss = Gradients.gradients(config, parameters(), x, rows, arrays(State.GRADIENTS));
    if (!Double.isFinite(loss)) {
      throw new UserError(
          "training broke off: the loss of step %d is %s: lower --lr, or scale the activations down"
              .formatted(step + 1, loss));
    }
    return loss;
  }

  private ParameterArrays parameters() {
    return arrays(State.PARAMETERS);
  }

  private ParameterArrays arrays(State state) {
    return Objects.requireNonNull(states.get(state));
  }

  private Tensor dataOf(Split split) {
    Tensor x = splits.get(split);
    if (x == null) {
      throw new IllegalStateException("no " + split + " data has been set");
    }
    return x;
  }

  private static int rows(Tensor t, int columns) {
    if (t.shape().length != 2 || t.dim(1) != columns) {
      throw new IllegalArgumentException(
          "expected [rows, " + columns + "], not " + Arrays.toString(t.shape()));
    }
    return Math.toIntExact(t.dim(0));
  }
}
