package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.sae.DeviceBackends;
import io.saenative.sae.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BenchCommandTest {
  @TempDir private Path folder;

  @Test
  void printsATableForEachPrecisionAndKAndWritesTheSameCases() throws IOException {
    DeviceBackends.simt(Precision.FP32); // skips where there is none
    InProcess bench =
        bench(
            "--backend simt --k 3 2 --precision bf16x3,fp32 BF16 --repeats 1 --json "
                + folder.resolve("bench.json"));
    bench
        .succeeds()
        .says("backend  simt: ", "not measured: ceilings: only those of a GPU are measured");
    assertEquals(
        List.of("bf16x3, k 3", "bf16x3, k 2", "fp32, k 3", "fp32, k 2", "bf16, k 3", "bf16, k 2"),
        bench.out().lines().filter(line -> line.matches("\\w+, k \\d+")).toList());
    assertEquals(List.of("bf16x3/3", "bf16x3/2", "fp32/3", "fp32/2", "bf16/3", "bf16/2"), runs());
    for (JsonNode run : json().get("runs")) {
      assertEquals(7, run.get("cases").size());
      for (JsonNode c : run.get("cases")) {
        String name = c.get("name").asText();
        assertEquals(
            6, bench.out().lines().filter(line -> line.startsWith(name + " ")).count(), bench::out);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--k 2 5", "--k 2,5", "--k 2 --k=5", "--k 2,5 2 --precision fp32 FP32"})
  void everySpellingOfSeveralValuesTimesEachOnce(String values) throws IOException {
    bench("--backend cpu --threads 1 " + values + " --json " + folder.resolve("bench.json"))
        .succeeds();
    assertEquals(List.of("fp32/2", "fp32/5"), runs());
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
        "2 | --backend cpu --k two                        | 'two' is not an int",
        "2 | --backend cpu --k                            | Missing required parameter for option"
            + " '--k'",
        "2 | --backend cpu --k 2 --precision fp32,fp8     | Invalid value for option '--precision'",
        "2 | --backend cpu --k 2 --precision fp32 fp8     | 'fp8'",
        "2 | --backend tpu --k 2                          | there is no backend 'tpu'",
        "1 | --backend cpu --k 2 --precision fp32 bf16    | the cpu backend has no precision but"
            + " fp32",
        "1 | --backend cpu --k 2 --json no/such/file.json | its folder does not exist",
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

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(folder.resolve("bench.json").toFile());
  }

  /** What the runs in the file are, each as precision/k. */
  private List<String> runs() throws IOException {
    List<String> runs = new ArrayList<>();
    json().get("runs").forEach(run -> runs.add(run.get("precision").asText() + "/" + run.get("k")));
    return runs;
  }
}
