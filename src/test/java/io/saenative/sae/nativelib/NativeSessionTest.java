package io.saenative.sae.nativelib;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.saenative.UserError;
import io.saenative.sae.Dataset;
import io.saenative.sae.Initialization;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Parameters;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Codes;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * What lies between Java and the cpu backend: sizes, types, memory and errors. Its results are
 * judged elsewhere.
 */
class NativeSessionTest {
  private static final SaeConfig CONFIG = new SaeConfig(3, 5, 2, Selection.ABS, false);
  private static final int ROWS = 4;

  private final NativeEngine engine = new NativeEngine("cpu", 1, Precision.FP32);
  private Session session;
  private Tensor x;

  @BeforeEach
  void open() {
    session = engine.open(CONFIG, Optimizer.adam(1e-3, 2));
    session.setState(State.PARAMETERS, Initialization.torchLinear(CONFIG, 0));
    x = Tensor.zeros(DType.F32, ROWS, CONFIG.dIn());
    for (int i = 0; i < x.size(); i++) {
      x.set(i, Math.sin(i));
    }
  }

  @AfterEach
  void close() {
    session.close();
  }

  @Test
  void wrongShapesAreRefusedByName() {
    refused(
        "x must be [3, 3], not [3, 4]", () -> session.encodeTopK(Tensor.zeros(DType.F32, 3, 4)));
    refused("x must be [rows, d_in], not [12]", () -> engine.load(Tensor.zeros(DType.F32, 12)));
    refused("x must be [1, 3], not [1, 2]", () -> session.gradients(Tensor.zeros(DType.F32, 1, 2)));
    refused("z must be [4, 5], not [4, 3]", () -> session.selectTopK(x));
    Codes codes = session.encodeTopK(x);
    refused(
        "indices must be [4, 2], not [3, 2]",
        () -> session.decodeSparse(new Codes(codes.indices().rows(0, 3), codes.values())));
    refused(
        "values must be [4, 2], not [4, 3]",
        () -> session.decodeSparse(new Codes(codes.indices(), x)));
    Parameters p = session.state(State.PARAMETERS);
    refused(
        "wDec must be [5, 3], not [3, 5]",
        () ->
            session.setState(
                State.ADAM_M, new Parameters(p.wEnc(), p.bEnc(), p.wDec().transposed(), p.bDec())));
    refused(
        "bEnc must be [5], not [3]",
        () ->
            session.setState(State.ADAM_M, new Parameters(p.wEnc(), p.bDec(), p.wDec(), p.bDec())));
  }

  @Test
  void wrongValuesAreRefusedByTheLibraryWithItsText() {
    assertThrows(
        IllegalArgumentException.class, () -> session.evaluate(Split.VALIDATION), "no data");
    session.setData(Split.TRAIN, engine.load(x));
    assertThrows(IllegalArgumentException.class, () -> session.trainEpoch(new int[] {0, ROWS}));
    assertThrows(IllegalArgumentException.class, () -> session.trainEpoch(new int[] {-1}));
    assertThrows(IllegalArgumentException.class, () -> session.setStep(-1));
    assertThrows(
        IllegalArgumentException.class, () -> session.gradients(x), "more rows than a batch");
    Codes outOfRange =
        new Codes(Tensor.of(new int[] {0, 5}, 1, 2), Tensor.of(new float[] {1, 1}, 1, 2));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> session.decodeSparse(outOfRange));
    assertTrue(e.getMessage().startsWith("sae_decode_sparse: ind"), e.getMessage());
  }

  @Test
  void aSessionLivesOnAfterARefusal() {
    Codes before = session.encodeTopK(x);
    assertThrows(IllegalArgumentException.class, () -> session.setStep(-1));
    assertSame(before, session.encodeTopK(x));
  }

  @Test
  void tensorsOfOtherTypesAndPlacesGiveTheSameResults() {
    Codes expected = session.encodeTopK(x);
    assertSame(expected, session.encodeTopK(x.as(DType.F64)));
    assertSame(
        expected,
        session.encodeTopK(
            new Tensor(
                DType.F32,
                x.shape(),
                MemorySegment.ofArray(x.data().toArray(ValueLayout.JAVA_FLOAT)))));
    MemorySegment bytes = MemorySegment.ofArray(new byte[4 * (int) x.size() + 1]);
    MemorySegment.copy(x.data(), 0, bytes, 1, x.data().byteSize());
    assertSame(expected, session.encodeTopK(new Tensor(DType.F32, x.shape(), bytes.asSlice(1))));
    Tensor mapped = Tensor.zeros(DType.F32, x.size() + 1);
    MemorySegment unaligned = mapped.data().asSlice(1, x.data().byteSize());
    unaligned.copyFrom(x.data());
    assertSame(expected, session.encodeTopK(new Tensor(DType.F32, x.shape(), unaligned)));
  }

  @Test
  void dataIsBorrowedSafelyWhenTheCallerForgetsIt() {
    session.setData(Split.VALIDATION, engine.load(x));
    double expected = session.evaluate(Split.VALIDATION).error().squared();
    try (Dataset converted = engine.load(x.as(DType.F64))) {
      session.setData(Split.VALIDATION, converted);
    } // the converted copy is known to the session alone
    System.gc();
    assertEquals(expected, session.evaluate(Split.VALIDATION).error().squared());
  }

  @Test
  void stateAndStepComeBackAsTheyWereSet() {
    Parameters moments = Initialization.torchLinear(CONFIG, 7);
    for (State state : State.values()) {
      session.setState(state, moments);
      assertTrue(moments.sameBits(session.state(state)), state.toString());
    }
    session.setStep(12_345_678_901L);
    assertEquals(12_345_678_901L, session.step());
  }

  @Test
  void noRowsAreFine() {
    Codes none = session.encodeTopK(Tensor.zeros(DType.F32, 0, CONFIG.dIn()));
    assertArrayEquals(new long[] {0, CONFIG.k()}, none.indices().shape());
    assertArrayEquals(new long[] {0, CONFIG.dIn()}, session.decodeSparse(none).shape());
  }

  @Test
  void notANumberInTrainingIsAnErrorOfTheUser() {
    x.set(4, Double.NaN);
    session.setData(Split.TRAIN, engine.load(x));
    assertThrows(UserError.class, () -> session.trainEpoch(new int[] {0, 1, 2, 3}));
  }

  @Test
  void aBackendThatCannotRunSaysWhy() {
    assumeTrue(
        Files.notExists(Path.of("/dev/nvidiactl")),
        "this machine has a GPU, the cuda backend may run");
    UserError e = assertThrows(UserError.class, () -> new NativeEngine("cuda", 0, Precision.FP32));
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }

  @Test
  void theCpuHasNoDeviceClock() {
    session.encodeTopK(x);
    assertTrue(session.deviceSeconds().isEmpty());
  }

  @Test
  void aClosedSessionRefusesEverything() {
    session.close();
    session.close();
    assertThrows(IllegalStateException.class, () -> session.step());
    Dataset data = engine.load(x);
    assertThrows(IllegalStateException.class, () -> session.setData(Split.TRAIN, data));
  }

  @Test
  void datasetsThatDoNotFitAreRefused() {
    refused(
        "sae_data_create: rows must be from 1 to 2147483647, not 0",
        () -> engine.load(Tensor.zeros(DType.F32, 0, 3)));
    Dataset wide = engine.load(Tensor.zeros(DType.F32, 2, 4));
    refused(
        "sae_set_data: the rows of the data set are 4 wide and d_in of the session is 3",
        () -> session.setData(Split.TRAIN, wide));
    refused(
        "sae_encode_rows: the rows of the data set are 4 wide and d_in of the session is 3",
        () -> session.encodeTopK(wide, 0, 1));
    Dataset data = engine.load(x);
    assertEquals(ROWS, data.rows());
    assertEquals(CONFIG.dIn(), data.dIn());
    assertThrows(IndexOutOfBoundsException.class, () -> session.encodeTopK(data, ROWS, 1));
    session.setData(Split.TRAIN, data);
    data.close();
    data.close();
    assertThrows(IllegalStateException.class, () -> session.setData(Split.TRAIN, data));
    assertThrows(IllegalStateException.class, () -> session.encodeTopK(data, 0, 1));
    session.trainEpoch(new int[] {ROWS - 1}); // the session keeps what it has
  }

  private static void refused(String text, Executable call) {
    assertEquals(text, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  private static void assertSame(Codes expected, Codes actual) {
    assertTrue(expected.indices().sameBits(actual.indices()));
    assertTrue(expected.values().sameBits(actual.values()));
  }
}
