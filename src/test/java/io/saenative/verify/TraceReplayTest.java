package io.saenative.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.saenative.data.Tensor;
import io.saenative.engine.reference.ReferenceEngine;
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
    Path file = Path.of(System.getProperty("sae.shared", "../shared"), "golden", "wide_f32.safetensors");
    assumeTrue(Files.exists(file), file + " is not there: the trace of 256 inputs and 512 latents is not replayed");
    requireAllOk(Trace.read(file));
  }

  /** One recorded number that is wrong is seen, and blamed on the right quantity. */
  @ParameterizedTest
  @CsvSource({
    "w_enc.grad_step1, first gradient W_enc", "b_dec.grad_step1, first gradient b_dec", "step_loss, step loss",
    "val_loss, validation loss", "val_explained_variance, validation explained variance", "b_enc.final, final b_enc",
    "w_dec.final, final W_dec", "w_dec.adam_m, Adam m W_dec", "b_enc.adam_v, Adam v b_enc",
    "val_reconstruction, reconstruction"
  })
  void seesOneWrongNumber(String tensor, String quantity) {
    Trace trace = golden("small_f32");
    assertEquals(Set.of(quantity), failures(with(trace, tensor, wrongAt(trace.tensor(tensor), 1, 1e-2))));
  }

  @Test
  void seesAWrongDeathRate() {
    Trace trace = golden("small_f32");
    Tensor oneDead = wrongAt(trace.tensor("val_feature_death_rate"), 2, 1.0 / trace.config().dSae());
    assertEquals(Set.of("validation death rate"), failures(with(trace, "val_feature_death_rate", oneDead)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"small_f32", "small_f64"})
  void seesAWrongSelection(String name) {
    Trace trace = golden(name);
    Tensor indices = Tensor.of(trace.tensor("val_topk_indices").toInts(), trace.tensor("val_topk_indices").shape());
    indices.set(0, unselected(trace));
    assertEquals(Set.of("selected latents"), failures(with(trace, "val_topk_indices", indices)));
  }

  /** Another latent recorded in the place of a row's weakest, with the same size: forgiven in float32, and only there. */
  @Test
  void forgivesATieInFloat32Only() {
    assertEquals(Set.of(), failures(withTieBrokenTheOtherWay(golden("small_f32"))));
    assertEquals(Set.of("selected latents"), failures(withTieBrokenTheOtherWay(golden("small_f64"))));
  }

  /** Without the row order that was recorded, the weights that were recorded are not reached. */
  @Test
  void theRowOrderMatters() {
    Trace trace = golden("small_f64");
    Tensor order = Tensor.of(trace.tensor("batch_order").toInts(), trace.tensor("batch_order").shape());
    double first = order.get(0);
    order.set(0, order.get(99));
    order.set(99, first);
    assertTrue(failures(with(trace, "batch_order", order)).contains("final W_enc"));
  }

  private static Trace golden(String name) {
    return Trace.read(GOLDEN.resolve(name + ".safetensors"));
  }

  private static void requireAllOk(Trace trace) {
    assertEquals(Set.of(), failures(trace));
  }

  private static Set<String> failures(Trace trace) {
    List<Check> checks = TraceReplay.replay(new ReferenceEngine(), trace);
    return checks.stream().filter(c -> !c.ok()).map(Check::quantity).collect(Collectors.toSet());
  }

  private static Trace with(Trace t, String name, Tensor tensor) {
    Map<String, Tensor> tensors = new HashMap<>(t.tensors());
    tensors.put(name, tensor);
    return new Trace(t.name(), t.dtype(), t.config(), t.optimizer(), t.epochs(), t.steps(), tensors);
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
    Tensor indices = Tensor.of(t.tensor("val_topk_indices").toInts(), t.tensor("val_topk_indices").shape());
    int weakest = 0;
    for (int s = 1; s < t.config().k(); s++) {
      if (Math.abs(sparse.get((long) indices.get(s))) < Math.abs(sparse.get((long) indices.get(weakest)))) {
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
