package io.saenative.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.saenative.bench.BenchReport.Run;
import io.saenative.bench.Measurement.Clock;
import io.saenative.sae.DeviceBackends;
import io.saenative.sae.Engine;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.sae.nativelib.NativeEngine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class KernelBenchmarkTest {
  private static final KernelBenchmark.Sizes SIZES =
      new KernelBenchmark.Sizes(new SaeConfig(33, 17, 5, Selection.ABS, false), 8, 20, 11);

  @Test
  void timesEveryCallOfTheBorder() {
    List<Measurement> cases = new ArrayList<>();
    KernelBenchmark.run(new NativeEngine("cpu", 1, Precision.FP32), SIZES, 5, cases::add);
    assertEquals(
        List.of(
            "select_topk",
            "encode_topk",
            "decode_sparse",
            "gradients",
            "adam_update",
            "train_step",
            "evaluate"),
        cases.stream().map(Measurement::name).toList());
    for (Measurement m : cases) {
      assertEquals(Clock.WALL, m.clock(), "the cpu backend has no device clock");
      assertEquals(5, m.repeats());
      assertTrue(0 < m.least() && m.least() <= m.median(), m::toString);
      assertEquals(m.median(), m.callSeconds().orElseThrow());
    }
  }

  @Test
  void theSimtBackendHasNoDeviceClock() {
    KernelBenchmark.run(
        DeviceBackends.simt(Precision.FP32),
        SIZES,
        1,
        m -> assertEquals(Clock.WALL, m.clock(), m.name()));
  }

  @Test
  @Tag("gpu")
  void aGpuIsTimedByItsOwnClock() {
    KernelBenchmark.run(
        DeviceBackends.cuda(Precision.FP32),
        SIZES,
        5,
        m -> {
          assertEquals(Clock.DEVICE, m.clock(), m.name());
          assertTrue(0 < m.least() && m.median() < m.callSeconds().orElseThrow(), m::toString);
        });
  }

  /** Sessions and measurements of the card take turns in one process. */
  @Test
  @Tag("gpu")
  void theCardIsMeasuredAfterEachRun() {
    Engine cuda = DeviceBackends.cuda(Precision.FP32);
    for (int i = 0; i < 2; i++) {
      List<Measurement> cases = new ArrayList<>();
      KernelBenchmark.run(cuda, SIZES, 3, cases::add);
      Ceilings ceilings = Ceilings.measure(SIZES, cases, 3);
      assertTrue(
          cases.stream().allMatch(m -> ceilings.share(m).orElseThrow() > 0), ceilings::toString);
    }
  }

  @Test
  void theMedianIsTheMiddle() {
    assertEquals(3, Measurement.median(new double[] {9, 1, 3}));
    assertEquals(2.5, Measurement.median(new double[] {9, 1, 3, 2}));
  }

  /**
   * A case whose copy takes 2 s and whose arithmetic takes 3 s, done in 4 s, reaches 3/4 of the
   * card.
   */
  @Test
  void theShareIsThatOfTheSlowerOfCopyAndArithmetic() {
    Measurement m = measurement(new Work(30, 80));
    Ceilings ceilings =
        new Ceilings(OptionalDouble.of(10), Map.of("case", 2.0), List.of(), List.of());
    assertEquals(0.75, ceilings.share(m).orElseThrow());
    assertEquals(0.5, ceilings.share(measurement(new Work(0, 80))).orElseThrow());
    assertTrue(Ceilings.none("no card").share(m).isEmpty());
  }

  @Test
  void theJsonHasAnObjectForEachRunAndNullForWhatWasNotMeasured() throws IOException {
    Measurement m = measurement(new Work(30, 80));
    Ceilings held =
        new Ceilings(
            OptionalDouble.of(10),
            Map.of("case", 2.0),
            List.of(m),
            List.of("cuBLAS: of another age"));
    List<Run> runs =
        List.of(
            new Run(Precision.BF16, SIZES, List.of(m), Ceilings.none("no card")),
            new Run(Precision.FP32, SIZES, List.of(m), held),
            new Run(Precision.FP32, SIZES, List.of(m), Ceilings.none("no card")));
    JsonNode json = new ObjectMapper().readTree(new BenchReport("1", "cuda", "here", runs).json());
    assertEquals(
        "{\"version\":\"1\",\"backend\":\"cuda\",\"runs_on\":\"here\",\"d_in\":33,\"d_sae\":17,\"batch_size\":8,\"train_rows\":20,\"validation_rows\":11,\"not_measured\":[\"no"
            + " card\",\"cuBLAS: of another age\"]}",
        ((ObjectNode) json.deepCopy()).without("runs").toString());
    assertEquals(List.of("bf16", "fp32", "fp32"), json.get("runs").findValuesAsText("precision"));
    assertEquals(List.of("5", "5", "5"), json.get("runs").findValuesAsText("k"));
    JsonNode first = json.at("/runs/0/cases/0");
    assertEquals(4, first.get("median_seconds").asDouble());
    assertEquals(7.5, first.get("flops_per_second").asDouble());
    assertTrue(first.get("call_seconds").isNull() && first.get("copy_seconds").isNull());
    assertTrue(first.get("share_of_ceiling").isNull());
    assertTrue(json.at("/runs/0/ceiling_flops_per_second").isNull());
    assertEquals(10, json.at("/runs/1/ceiling_flops_per_second").asDouble());
    assertEquals(0.75, json.at("/runs/1/cases/0/share_of_ceiling").asDouble());
    assertEquals(4, json.at("/runs/1/baselines/0/median_seconds").asDouble());
  }

  private static Measurement measurement(Work work) {
    return Measurement.of(
        "case", Clock.DEVICE, new double[] {5, 4, 3}, OptionalDouble.empty(), work);
  }
}
