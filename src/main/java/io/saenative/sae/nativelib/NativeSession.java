package io.saenative.sae.nativelib;

import static io.saenative.sae.nativelib.Border.check;
import static io.saenative.sae.nativelib.Border.floats;
import static io.saenative.sae.nativelib.Border.ints;
import static io.saenative.sae.nativelib.Border.rows;

import io.saenative.sae.Dataset;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Evaluation.Sums;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Parameters;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Session;
import io.saenative.sae.ffi.SaeNative;
import io.saenative.sae.ffi.sae_config;
import io.saenative.sae.ffi.sae_evaluation;
import io.saenative.sae.ffi.sae_tensors;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A session of a native backend. Every size is checked here, because the native side sees bare
 * pointers; ranges of values are checked there.
 */
final class NativeSession implements Session {
  private final SaeConfig config;
  private final int batchSize;
  private @Nullable MemorySegment session;

  /** The cpu backend borrows their rows; see {@link #trainEpoch}. */
  private final Map<Split, Dataset> splits = new EnumMap<>(Split.class);

  NativeSession(
      String backend, SaeConfig config, Optimizer optimizer, int threads, Precision precision) {
    this.config = config;
    this.batchSize = optimizer.batchSize();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment c = sae_config.allocate(arena);
      sae_config.d_in(c, config.dIn());
      sae_config.d_sae(c, config.dSae());
      sae_config.k(c, config.k());
      sae_config.select(
          c,
          switch (config.selection()) {
            case ABS -> SaeNative.SAE_SELECT_ABS();
            case RELU -> SaeNative.SAE_SELECT_RELU();
          });
      sae_config.pre_bias(c, config.preBias() ? 1 : 0);
      sae_config.batch_size(c, optimizer.batchSize());
      sae_config.threads(c, threads);
      sae_config.precision(
          c,
          switch (precision) {
            case FP32 -> SaeNative.SAE_FP32();
            case BF16X3 -> SaeNative.SAE_BF16X3();
            case BF16 -> SaeNative.SAE_BF16();
          });
      sae_config.lr(c, optimizer.lr());
      sae_config.beta1(c, optimizer.beta1());
      sae_config.beta2(c, optimizer.beta2());
      sae_config.eps(c, optimizer.eps());
      MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
      check(
          SaeNative.sae_session_create(arena.allocateFrom(backend), c, out), "sae_session_create");
      this.session = out.get(ValueLayout.ADDRESS, 0);
    }
  }

  @Override
  public DType dtype() {
    return DType.F32;
  }

  @Override
  public void setState(State state, Parameters tensors) {
    Parameters floats =
        new Parameters(
            floats("wEnc", tensors.wEnc(), config.dSae(), config.dIn()),
            floats("bEnc", tensors.bEnc(), config.dSae()),
            floats("wDec", tensors.wDec(), config.dSae(), config.dIn()),
            floats("bDec", tensors.bDec(), config.dIn()));
    try (Arena arena = Arena.ofConfined()) {
      check(
          SaeNative.sae_set_state(session(), id(state), pointers(floats, arena)), "sae_set_state");
    } finally {
      Reference.reachabilityFence(floats);
    }
  }

  @Override
  public Parameters state(State state) {
    Parameters copy = Parameters.zeros(config, DType.F32);
    try (Arena arena = Arena.ofConfined()) {
      check(SaeNative.sae_get_state(session(), id(state), pointers(copy, arena)), "sae_get_state");
    }
    return copy;
  }

  @Override
  public void setStep(long step) {
    check(SaeNative.sae_set_step(session(), step), "sae_set_step");
  }

  @Override
  public long step() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment step = arena.allocate(ValueLayout.JAVA_LONG);
      check(SaeNative.sae_get_step(session(), step), "sae_get_step");
      return step.get(ValueLayout.JAVA_LONG, 0);
    }
  }

  @Override
  public void setData(Split split, Dataset data) {
    check(
        SaeNative.sae_set_data(session(), id(split), NativeDataset.handleOf(data)), "sae_set_data");
    splits.put(split, data);
  }

  @Override
  public double[] trainEpoch(int[] order) {
    int steps = Math.ceilDiv(order.length, batchSize);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stepLoss = arena.allocate(ValueLayout.JAVA_DOUBLE, steps);
      MemorySegment rows = arena.allocateFrom(ValueLayout.JAVA_INT, order);
      check(SaeNative.sae_train_epoch(session(), rows, order.length, stepLoss), "sae_train_epoch");
      return stepLoss.toArray(ValueLayout.JAVA_DOUBLE);
    } finally {
      // The native side reads the rows through a pointer that the garbage collector does not see.
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public Evaluation evaluate(Split split) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment e = sae_evaluation.allocate(arena);
      MemorySegment firingCount = arena.allocate(ValueLayout.JAVA_LONG, config.dSae());
      check(SaeNative.sae_evaluate(session(), id(split), e, firingCount), "sae_evaluate");
      return new Evaluation(
          sae_evaluation.rows(e),
          config.dIn(),
          new Sums(
              sae_evaluation.x_sum(e),
              sae_evaluation.x_squared(e),
              sae_evaluation.x_column_deviation(e)),
          new Sums(
              sae_evaluation.error_sum(e),
              sae_evaluation.error_squared(e),
              sae_evaluation.error_column_deviation(e)),
          sae_evaluation.row_ratio_sum(e),
          sae_evaluation.active(e),
          sae_evaluation.abs_value_sum(e),
          firingCount.toArray(ValueLayout.JAVA_LONG));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public Codes selectTopK(Tensor z) {
    Tensor rows = rows("z", z, config.dSae());
    Codes codes = codes(rows.dim(0));
    check(
        SaeNative.sae_select_topk(
            session(), rows.data(), rows.dim(0), codes.indices().data(), codes.values().data()),
        "sae_select_topk");
    return codes;
  }

  @Override
  public Codes encodeTopK(Tensor x) {
    Tensor rows = rows("x", x, config.dIn());
    Codes codes = codes(rows.dim(0));
    check(
        SaeNative.sae_encode_topk(
            session(), rows.data(), rows.dim(0), codes.indices().data(), codes.values().data()),
        "sae_encode_topk");
    return codes;
  }

  @Override
  public Codes encodeTopK(Dataset data, int first, int rows) {
    Objects.checkFromIndexSize(first, rows, data.rows());
    Codes codes = codes(rows);
    try {
      check(
          SaeNative.sae_encode_rows(
              session(),
              NativeDataset.handleOf(data),
              first,
              rows,
              codes.indices().data(),
              codes.values().data()),
          "sae_encode_rows");
    } finally {
      Reference.reachabilityFence(data);
    }
    return codes;
  }

  @Override
  public Tensor decodeSparse(Codes codes) {
    Tensor values = rows("values", codes.values(), config.k());
    Tensor indices = ints("indices", codes.indices(), values.dim(0), config.k());
    Tensor reconstruction = Tensor.zeros(DType.F32, values.dim(0), config.dIn());
    check(
        SaeNative.sae_decode_sparse(
            session(), indices.data(), values.data(), values.dim(0), reconstruction.data()),
        "sae_decode_sparse");
    return reconstruction;
  }

  @Override
  public double gradients(Tensor x) {
    Tensor rows = rows("x", x, config.dIn());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment loss = arena.allocate(ValueLayout.JAVA_DOUBLE);
      check(SaeNative.sae_gradients(session(), rows.data(), rows.dim(0), loss), "sae_gradients");
      return loss.get(ValueLayout.JAVA_DOUBLE, 0);
    }
  }

  @Override
  public void adamUpdate() {
    check(SaeNative.sae_adam_update(session()), "sae_adam_update");
  }

  @Override
  public OptionalDouble deviceSeconds() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment seconds = arena.allocate(ValueLayout.JAVA_DOUBLE);
      int status = SaeNative.sae_device_seconds(session(), seconds);
      if (status == SaeNative.SAE_ERR_UNAVAILABLE()) {
        return OptionalDouble.empty();
      }
      check(status, "sae_device_seconds");
      return OptionalDouble.of(seconds.get(ValueLayout.JAVA_DOUBLE, 0));
    }
  }

  @Override
  public void close() {
    if (session != null) {
      SaeNative.sae_session_destroy(session);
      session = null;
      splits.clear();
    }
  }

  private MemorySegment session() {
    if (session == null) {
      throw new IllegalStateException("the session is closed");
    }
    return session;
  }

  private Codes codes(long rows) {
    return new Codes(
        Tensor.zeros(DType.I32, rows, config.k()), Tensor.zeros(DType.F32, rows, config.k()));
  }

  /**
   * The struct of pointers; whoever passes it on must keep {@code p} reachable until the call is
   * over.
   */
  private static MemorySegment pointers(Parameters p, Arena arena) {
    MemorySegment tensors = sae_tensors.allocate(arena);
    sae_tensors.w_enc(tensors, p.wEnc().data());
    sae_tensors.b_enc(tensors, p.bEnc().data());
    sae_tensors.w_dec(tensors, p.wDec().data());
    sae_tensors.b_dec(tensors, p.bDec().data());
    return tensors;
  }

  private static int id(State state) {
    return switch (state) {
      case PARAMETERS -> SaeNative.SAE_PARAMETERS();
      case ADAM_M -> SaeNative.SAE_ADAM_M();
      case ADAM_V -> SaeNative.SAE_ADAM_V();
      case GRADIENTS -> SaeNative.SAE_GRADIENTS();
    };
  }

  private static int id(Split split) {
    return switch (split) {
      case TRAIN -> SaeNative.SAE_TRAIN();
      case VALIDATION -> SaeNative.SAE_VALIDATION();
    };
  }
}
