package io.saenative.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.saenative.sae.Dataset;
import io.saenative.sae.Engine;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Session;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceReplayTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @ParameterizedTest
  @ValueSource(strings = {"small_f64", "odd_k_all_f64", "k_one_f64"})
  void theReferenceRepeatsFloat64TracesTo1e9AndBetter(String name) {
    for (Check c : TraceReplay.replay(new ReferenceEngine(), golden(name))) {
      assertTrue(c.ok() && c.tolerance() < 1e-9, c::toString);
    }
  }

  @Test
  void theReferenceRepeatsAFloat32TraceAsFarAsItWasRounded() {
    requireAllOk(golden("small_f32"));
  }

  @Test
  void theReferenceRepeatsAWideFloat32Trace() {
    Path file =
        Path.of(System.getProperty("sae.shared", "../shared"), "golden", "wide_f32.safetensors");
    assumeTrue(
        Files.exists(file),
        file + " is not there: the trace of 256 inputs and 512 latents is not replayed");
    requireAllOk(Trace.read(file));
  }

  /** One recorded number that is wrong is seen, and blamed on the right quantity. */
  @ParameterizedTest
  @CsvSource({
    "w_enc.grad_step1, first gradient W_enc", "b_dec.grad_step1, first gradient b_dec",
        "step_loss, step loss",
    "val_loss, validation loss", "val_explained_variance, validation explained variance",
        "b_enc.final, final b_enc",
    "w_dec.final, final W_dec", "w_dec.adam_m, Adam m W_dec", "b_enc.adam_v, Adam v b_enc",
    "val_reconstruction, reconstruction"
  })
  void seesOneWrongNumber(String tensor, String quantity) {
    Trace trace = golden("small_f32");
    assertEquals(
        Set.of(quantity), failures(with(trace, tensor, wrongAt(trace.tensor(tensor), 1, 1e-2))));
  }

  @Test
  void seesAWrongDeathRate() {
    Trace trace = golden("small_f32");
    Tensor oneDead =
        wrongAt(trace.tensor("val_feature_death_rate"), 2, 1.0 / trace.config().dSae());
    assertEquals(
        Set.of("validation death rate"), failures(with(trace, "val_feature_death_rate", oneDead)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"small_f32", "small_f64"})
  void seesAWrongSelection(String name) {
    Trace trace = golden(name);
    Tensor indices =
        Tensor.of(
            trace.tensor("val_topk_indices").toInts(), trace.tensor("val_topk_indices").shape());
    indices.set(0, unselected(trace));
    assertEquals(Set.of("selected latents"), failures(with(trace, "val_topk_indices", indices)));
  }

  /**
   * Another latent recorded in the place of a row's weakest, with the same size: forgiven in
   * float32, and only there.
   */
  @Test
  void forgivesATieInFloat32Only() {
    assertEquals(Set.of(), failures(withTieBrokenTheOtherWay(golden("small_f32"))));
    assertEquals(
        Set.of("selected latents"), failures(withTieBrokenTheOtherWay(golden("small_f64"))));
  }

  /**
   * What is judged of an engine that rounds before it multiplies, by the figures of one that does
   * not.
   */
  @Test
  void inBf16TheFirstBatchAndTheQualityAreJudged() {
    Trace trace = golden("small_f32");
    Engine engine = as(Precision.BF16, new ReferenceEngine());
    assertEquals(
        List.of(
            "first selected latents",
            "first selected values",
            "first loss",
            "first gradient W_enc",
            "first gradient b_enc",
            "first gradient W_dec",
            "first gradient b_dec",
            "validation loss",
            "validation explained variance"),
        TraceReplay.replay(engine, trace).stream().map(Check::quantity).toList());
    assertEquals(Set.of(), failures(engine, trace));
    for (String quantity : List.of("loss", "explained_variance")) {
      Tensor recorded = trace.tensor("val_" + quantity);
      Trace wrong = with(trace, "val_" + quantity, wrongAt(recorded, 1, 0.2));
      assertEquals(Set.of("validation " + quantity.replace('_', ' ')), failures(engine, wrong));
    }
    assertTrue(TraceReplay.leftOut(Precision.BF16).isPresent());
  }

  /**
   * In bf16x3 all that was recorded but the first gradient, which is held against the reference.
   */
  @Test
  void inBf16x3EverythingIsJudged() {
    Trace trace = golden("small_f32");
    Engine engine = as(Precision.BF16X3, new ReferenceEngine());
    assertEquals(Set.of(), failures(engine, trace));
    assertEquals(
        Set.of("final W_dec"),
        failures(
            engine, with(trace, "w_dec.final", wrongAt(trace.tensor("w_dec.final"), 1, 1e-2))));
    assertTrue(TraceReplay.leftOut(Precision.BF16X3).isEmpty());
  }

  /** Without the row order that was recorded, the weights that were recorded are not reached. */
  @Test
  void theRowOrderMatters() {
    Trace trace = golden("small_f64");
    Tensor order =
        Tensor.of(trace.tensor("batch_order").toInts(), trace.tensor("batch_order").shape());
    double first = order.get(0);
    order.set(0, order.get(99));
    order.set(99, first);
    assertTrue(failures(with(trace, "batch_order", order)).contains("final W_enc"));
  }

  /** The engine, said to multiply in another precision than it does. */
  static Engine as(Precision precision, Engine engine) {
    return new Engine() {
      @Override
      public String name() {
        return engine.name();
      }

      @Override
      public String describe() {
        return engine.describe();
      }

      @Override
      public Precision precision() {
        return precision;
      }

      @Override
      public Dataset load(Tensor x) {
        return engine.load(x);
      }

      @Override
      public Session open(SaeConfig config, Optimizer optimizer) {
        return engine.open(config, optimizer);
      }
    };
  }

  private static Trace golden(String name) {
    return Trace.read(GOLDEN.resolve(name + ".safetensors"));
  }

  private static void requireAllOk(Trace trace) {
    assertEquals(Set.of(), failures(trace));
  }

  private static Set<String> failures(Trace trace) {
    return failures(new ReferenceEngine(), trace);
  }

  private static Set<String> failures(Engine engine, Trace trace) {
    List<Check> checks = TraceReplay.replay(engine, trace);
    return checks.stream().filter(c -> !c.ok()).map(Check::quantity).collect(Collectors.toSet());
  }

  private static Trace with(Trace t, String name, Tensor tensor) {
    Map<String, Tensor> tensors = new HashMap<>(t.tensors());
    tensors.put(name, tensor);
    return new Trace(
        t.name(), t.dtype(), t.config(), t.optimizer(), t.epochs(), t.steps(), tensors);
  }

  private static Tensor wrongAt(Tensor t, long index, double by) {
    Tensor wrong = Tensor.of(t.toDoubles(), t.shape());
    wrong.set(index, wrong.get(index) + by);
    return wrong;
  }

  /** A latent that the first validation row does not select. */
  private static int unselected(Trace t) {
    int[] selected = t.tensor("val_topk_indices").rows(0, 1).toInts();
    return IntStream.range(0, t.config().dSae())
        .filter(j -> IntStream.of(selected).noneMatch(s -> s == j))
        .findFirst()
        .orElseThrow();
  }

  private static Trace withTieBrokenTheOtherWay(Trace t) {
    Tensor sparse = wrongAt(t.tensor("val_sparse"), 0, 0);
    Tensor indices =
        Tensor.of(t.tensor("val_topk_indices").toInts(), t.tensor("val_topk_indices").shape());
    int weakest = 0;
    for (int s = 1; s < t.config().k(); s++) {
      if (Math.abs(sparse.get((long) indices.get(s)))
          < Math.abs(sparse.get((long) indices.get(weakest)))) {
        weakest = s;
      }
    }
    int other = unselected(t);
    sparse.set(other, -sparse.get((long) indices.get(weakest)));
    sparse.set((long) indices.get(weakest), 0);
    indices.set(weakest, other);
    return with(with(t, "val_sparse", sparse), "val_topk_indices", indices);
  }
}
