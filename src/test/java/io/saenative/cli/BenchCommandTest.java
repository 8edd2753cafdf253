package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.saenative.sae.DeviceBackends;
import io.saenative.sae.Precision;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BenchCommandTest {
  @Test
  void printsATableForEachPrecisionAndKAndTheSameCasesAsJson() {
    DeviceBackends.simt(Precision.FP32); // skips where there is none
    InProcess bench =
        bench("--backend simt --k 3 2 --precision bf16x3,fp32 BF16 --repeats 1 --json");
    String tables = bench.err();
    List<String> lines = tables.lines().toList();
    assertTrue(tables.startsWith("backend  simt: "), tables);
    assertTrue(lines.contains("not measured: ceilings: only those of a GPU are measured"), tables);
    assertTrue(lines.getLast().startsWith("a training step on simt takes "), tables);
    assertTrue(
        lines.subList(0, lines.size() - 1).stream().allMatch(line -> line.length() <= 80), tables);
    assertEquals(
        List.of("bf16x3, k 3", "bf16x3, k 2", "fp32, k 3", "fp32, k 2", "bf16, k 3", "bf16, k 2"),
        lines.stream().filter(line -> line.matches("\\w+, k \\d+")).toList());
    assertEquals(
        List.of("bf16x3/3", "bf16x3/2", "fp32/3", "fp32/2", "bf16/3", "bf16/2"), runs(bench));
    for (JsonNode run : bench.json().get("runs")) {
      assertEquals(7, run.get("cases").size());
      for (JsonNode c : run.get("cases")) {
        String name = c.get("name").asText();
        assertEquals(6, lines.stream().filter(line -> line.startsWith(name + " ")).count(), tables);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--k 2 5", "--k 2,5", "--k 2 --k=5", "-k 2, 5 --precision FP32"})
  void everySpellingOfSeveralValuesTimesEachOnce(String values) {
    InProcess bench = bench("--backend cpu --threads 1 --json --quiet " + values).succeeds();
    assertEquals(List.of("fp32/2", "fp32/5"), runs(bench));
  }

  @Test
  void quietSaysTheFindingAlone() {
    InProcess quiet = bench("--backend cpu --k 2 --repeats 1 --quiet").succeeds();
    assertEquals(1, quiet.out().lines().count(), quiet.out());
    quiet.finds("ms (K = 2, fp32)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 | --backend cpu --k 2 --repeats 0              | and --repeats must be at least 1",
        "2 | --backend cpu --k 2 0                        | --k must be from 1 to --d-sae, 7, not"
            + " 0",
        "2 | --backend cpu --k 2,8 3                      | --k must be from 1 to --d-sae, 7, not"
            + " 8",
        "2 | --backend cpu --k 2,5 2                      | 2 is given twice",
        "2 | --backend cpu --k 2 --precision fp32 FP32    | fp32 is given twice",
        "2 | --backend cpu --k two                        | 'two' is not a whole number",
        "2 | --backend cpu --k                            | Invalid value for option '--k': there"
            + " is none",
        "2 | --backend cpu --k 2 --precision fp32,fp8     | Invalid value for option '--precision'",
        "2 | --backend cpu --k 2 --precision fp32 fp8     | 'fp8'",
        "2 | --backend tpu --k 2                          | there is no backend 'tpu'",
        "1 | --backend cpu --k 2 --precision fp32 bf16    | the cpu backend has no precision but"
            + " fp32",
      })
  void whatCannotBeDoneIsRefusedBeforeAnyWork(int code, String options, String reason) {
    InProcess bench = bench(options);
    bench.fails(code, reason);
    assertEquals("", bench.out());
  }

  private static InProcess bench(String options) {
    return InProcess.run(
        "bench --d-in 9 --d-sae 7 --batch-size 4 --train-rows 10 --val-rows 5 " + options);
  }

  /** What the runs are, each as precision/k. */
  private static List<String> runs(InProcess bench) {
    List<String> runs = new ArrayList<>();
    bench
        .json()
        .get("runs")
        .forEach(run -> runs.add(run.get("precision").asText() + "/" + run.get("k")));
    return runs;
  }
}
