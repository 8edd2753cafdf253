package io.saenative.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.saenative.sae.DeviceBackends;
import io.saenative.sae.Engine;
import io.saenative.sae.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every backend repeats every recorded PyTorch training. */
class BackendTraceTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @ParameterizedTest
  @CsvSource({
    "cpu, small_f32", "cpu, small_f64", "cpu, odd_k_all_f64", "cpu, k_one_f64", "cpu, wide_f32",
    "simt, small_f32", "simt, small_f64", "simt, odd_k_all_f64", "simt, k_one_f64", "simt, wide_f32"
  })
  void repeatsTheTrace(String backend, String trace) {
    requireAllOk(DeviceBackends.named(backend, Precision.FP32), trace);
  }

  @ParameterizedTest
  @Tag("gpu")
  @ValueSource(strings = {"small_f32", "small_f64", "odd_k_all_f64", "k_one_f64", "wide_f32"})
  void cudaRepeatsTheTrace(String trace) {
    requireAllOk(DeviceBackends.cuda(Precision.FP32), trace);
  }

  @ParameterizedTest
  @CsvSource({
    "BF16X3, small_f32",
    "BF16X3, k_one_f64",
    "BF16X3, wide_f32",
    "BF16, small_f32",
    "BF16, k_one_f64",
    "BF16, wide_f32"
  })
  void simtRepeatsTheTraceOnTensorCores(Precision precision, String trace) {
    requireAllOk(DeviceBackends.simt(precision), trace);
  }

  @ParameterizedTest
  @Tag("gpu")
  @CsvSource({
    "BF16X3, small_f32", "BF16X3, small_f64", "BF16X3, odd_k_all_f64", "BF16X3, k_one_f64",
        "BF16X3, wide_f32",
    "BF16, small_f32", "BF16, small_f64", "BF16, odd_k_all_f64", "BF16, k_one_f64", "BF16, wide_f32"
  })
  void cudaRepeatsTheTraceOnTensorCores(Precision precision, String trace) {
    requireAllOk(DeviceBackends.cuda(precision), trace);
  }

  /** Products of two parts are told from products of one. */
  @Test
  void bf16IsNotTakenForBf16x3() {
    Engine pretender = TraceReplayTest.as(Precision.BF16X3, DeviceBackends.simt(Precision.BF16));
    List<Check> checks =
        TraceReplay.replay(pretender, Trace.read(GOLDEN.resolve("small_f32.safetensors")));
    List<String> off = checks.stream().filter(c -> !c.ok()).map(Check::quantity).toList();
    List<String> telling =
        List.of("first selected values", "first gradient W_enc", "first gradient W_dec");
    assertTrue(off.containsAll(telling), off::toString);
  }

  private static void requireAllOk(Engine engine, String trace) {
    Path small = GOLDEN.resolve(trace + ".safetensors");
    Path file =
        Files.exists(small)
            ? small
            : Path.of(
                System.getProperty("sae.shared", "../shared"),
                "golden",
                small.getFileName().toString());
    assumeTrue(Files.exists(file), file + " is not there");
    List<Check> off =
        TraceReplay.replay(engine, Trace.read(file)).stream().filter(c -> !c.ok()).toList();
    assertEquals(List.of(), off);
  }
}
