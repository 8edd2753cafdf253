package io.saenative.sae.nativelib;

import static io.saenative.sae.nativelib.Border.check;

import io.saenative.UserError;
import io.saenative.sae.Dataset;
import io.saenative.sae.Engine;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.sae.Session;
import io.saenative.sae.ffi.SaeNative;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** A backend behind the native border. One exists only where its backend can run. */
public final class NativeEngine implements Engine {
  private static final int DESCRIPTION_BYTES = 512;

  /** Folders in which the border looks for backends first. */
  private static final String BACKEND_PATH = "SAE_BACKEND_PATH";

  private static final AtomicBoolean LINKED = new AtomicBoolean();

  private final String backend;
  private final int threads;
  private final Precision precision;
  private final String description;

  /**
   * @param backend {@code cpu}, {@code cuda} or {@code simt}
   * @param threads worker threads of the cpu backend, 0 for one on each available core
   * @param precision FP32 for the cpu backend, which opens no session otherwise
   * @throws UserError saying why the backend cannot run here
   */
  public NativeEngine(String backend, int threads, Precision precision) {
    switch (NativeLibrary.status()) {
      case NativeLibrary.Missing(String reason) -> throw new UserError(reason);
      case NativeLibrary.Loaded(Path library, int _) -> requireBuilt(backend, library);
    }
    this.backend = backend;
    this.threads = threads;
    this.precision = precision;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(DESCRIPTION_BYTES);
      check(
          SaeNative.sae_backend_describe(arena.allocateFrom(backend), text, DESCRIPTION_BYTES),
          "sae_backend_describe");
      String setting = backend.equals("cpu") && threads > 0 ? ", --threads " + threads : "";
      this.description = text.getString(0) + setting;
    }
    if (LINKED.compareAndSet(false, true)) {
      linkCalls();
    }
  }

  /**
   * Trains and evaluates one row with the cpu backend, which is always there. The first calls of a
   * JVM link what lies between it and the border, which is the same for every backend; the clock of
   * a training must not count that.
   */
  private static void linkCalls() {
    SaeConfig smallest = new SaeConfig(1, 1, 1, Selection.ABS, false);
    try (Dataset row = new NativeDataset("cpu", 1, Tensor.zeros(DType.F32, 1, 1));
        Session session =
            new NativeSession("cpu", smallest, Optimizer.adam(1e-3, 1), 1, Precision.FP32)) {
      session.setData(Session.Split.TRAIN, row);
      session.trainEpoch(new int[] {0});
      session.evaluate(Session.Split.TRAIN);
    } catch (UserError e) {
      // A cpu backend that does not run is told when it is asked for; the calls are then linked by
      // the first training.
    }
  }

  /** The border would name the folders it searched, which for a jar is a temporary one. */
  private static void requireBuilt(String backend, Path library) {
    Path file = library.resolveSibling("libsae_" + backend + ".so");
    if (!backend.equals("cpu") && System.getenv(BACKEND_PATH) == null && Files.notExists(file)) {
      throw new UserError(
          "%s is not part of this build; %s=FOLDER names one with it"
              .formatted(file.getFileName(), BACKEND_PATH));
    }
  }

  @Override
  public String name() {
    return backend;
  }

  @Override
  public String describe() {
    return description;
  }

  @Override
  public Precision precision() {
    return precision;
  }

  @Override
  public Dataset load(Tensor x) {
    return new NativeDataset(backend, threads, x);
  }

  @Override
  public Session open(SaeConfig config, Optimizer optimizer) {
    return new NativeSession(backend, config, optimizer, threads, precision);
  }
}
