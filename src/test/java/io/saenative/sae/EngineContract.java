package io.saenative.sae;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.sae.Session.Codes;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every engine must do. A subclass names the engine. */
abstract class EngineContract {
  /**
   * The engine in every form that must give the same bits, such as other numbers of threads; the
   * first is judged.
   */
  abstract List<Engine> variants();

  static List<KernelCase> cases() {
    return KernelCase.all();
  }

  static List<KernelCase> gaussianCases() {
    return KernelCase.gaussian();
  }

  private EngineComparison comparison(KernelCase c) {
    return new EngineComparison(variants().getFirst(), c);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void selectTopK(KernelCase c) {
    try (EngineComparison comparison = comparison(c)) {
      comparison.selectTopK();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void encodeTopK(KernelCase c) {
    try (EngineComparison comparison = comparison(c)) {
      comparison.encodeTopK();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void decodeSparse(KernelCase c) {
    try (EngineComparison comparison = comparison(c)) {
      comparison.decodeSparse();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradients(KernelCase c) {
    try (EngineComparison comparison = comparison(c)) {
      comparison.gradients();
    }
  }

  @ParameterizedTest
  @MethodSource("gaussianCases")
  void adamUpdate(KernelCase c) {
    try (EngineComparison comparison = comparison(c)) {
      comparison.adamUpdate();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void evaluate(KernelCase c) {
    try (EngineComparison comparison = comparison(c)) {
      comparison.evaluate();
    }
  }

  @ParameterizedTest
  @MethodSource("gaussianCases")
  void trainEpoch(KernelCase c) {
    try (EngineComparison comparison = comparison(c)) {
      comparison.trainEpoch();
    }
  }

  /** Everything that training and evaluation leave behind. */
  private record Outcome(
      double[] losses, List<Parameters> states, Evaluation evaluation, Codes codes, Tensor xHat) {}

  @Test
  void everyVariantAndEveryRerunGivesTheSameBits() {
    Outcome first = train(variants().getFirst());
    for (Engine engine : variants()) {
      Outcome again = train(engine);
      assertArrayEquals(first.losses, again.losses, 0, engine.describe());
      for (int s = 0; s < first.states.size(); s++) {
        assertTrue(
            first.states.get(s).sameBits(again.states.get(s)),
            engine.describe() + ", " + State.values()[s]);
      }
      Evaluation a = first.evaluation;
      Evaluation b = again.evaluation;
      assertArrayEquals(a.firingCount(), b.firingCount());
      assertArrayEquals(sums(a), sums(b), 0, engine.describe());
      assertTrue(
          first.codes.indices().sameBits(again.codes.indices()), engine.describe() + ", indices");
      assertTrue(
          first.codes.values().sameBits(again.codes.values()), engine.describe() + ", values");
      assertTrue(first.xHat.sameBits(again.xHat), engine.describe() + ", x̂");
    }
  }

  @Test
  void aDatasetOfAnotherEngineIsRefused() {
    Engine engine = variants().getFirst();
    Dataset foreign =
        new Dataset() {
          @Override
          public int rows() {
            return 1;
          }

          @Override
          public int dIn() {
            return 2;
          }

          @Override
          public void close() {}
        };
    SaeConfig config = new SaeConfig(2, 1, 1, Selection.ABS, false);
    try (Session s = engine.open(config, Optimizer.adam(1e-3, 1))) {
      assertThrows(IllegalArgumentException.class, () -> s.setData(Split.TRAIN, foreign));
      assertThrows(IllegalArgumentException.class, () -> s.encodeTopK(foreign, 0, 1));
    }
  }

  private static Outcome train(Engine engine) {
    int rows = 75;
    SaeConfig config = new SaeConfig(130, 70, 20, Selection.ABS, true);
    Random random = new Random(5);
    Tensor x = Tensor.zeros(DType.F32, rows, config.dIn());
    for (long i = 0; i < x.size(); i++) {
      x.set(i, random.nextGaussian());
    }
    int[] order = IntStream.range(0, rows).map(r -> r * 31 % rows).toArray();
    try (Dataset data = engine.load(x);
        Session s = engine.open(config, Optimizer.adam(1e-3, 32))) {
      s.setState(State.PARAMETERS, Initialization.torchLinear(config, 1));
      s.setData(Split.TRAIN, data);
      s.setData(Split.VALIDATION, data);
      s.trainEpoch(order);
      double[] losses = s.trainEpoch(order);
      s.gradients(x.rows(0, 32));
      Codes codes = s.encodeTopK(x);
      List<Parameters> states = List.of(State.values()).stream().map(s::state).toList();
      return new Outcome(
          losses, states, s.evaluate(Split.VALIDATION), codes, s.decodeSparse(codes));
    }
  }

  private static double[] sums(Evaluation v) {
    return new double[] {
      v.x().sum(),
      v.x().squared(),
      v.x().columnDeviation(),
      v.error().sum(),
      v.error().squared(),
      v.error().columnDeviation(),
      v.rowRatioSum(),
      v.active(),
      v.absValueSum()
    };
  }
}
