package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.data.Fixtures;
import io.saenative.data.Site;
import io.saenative.run.TrainedSae;
import io.saenative.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AblateCommandTest {
  @TempDir private Path folder;

  private Path results;

  @BeforeEach
  void train() {
    results = folder.resolve("results");
    LabelledRows.writeUnlabelled(folder.resolve("train.safetensors"), 29, 1);
    LabelledRows.writeUnlabelled(folder.resolve("val.safetensors"), 13, 2);
    InProcess.run(
            here(
                "--k 3 --train-data @/train.safetensors --val-data @/val.safetensors --latent-dim"
                    + " 12 --batch-size 8 --epochs 2 --no-analysis --backend reference --output-dir"
                    + " @/results"))
        .succeeds();
  }

  private String here(String arguments) {
    return arguments.replace("@", folder.toString());
  }

  private InProcess ablate(String arguments) {
    return InProcess.run(
        here(
            "ablate --backend reference --checkpoint"
                + " @/results/checkpoints/d12_k3.safetensors --val-data"
                + " @/val.safetensors "
                + arguments));
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(results.resolve("analysis/ablation_k3.json").toFile());
  }

  /** Without any latent the reconstruction is the decoder's bias. */
  @Test
  void removingEveryLatentLeavesTheBias() throws IOException {
    ablate(
            "--latents "
                + IntStream.range(0, 12).mapToObj(String::valueOf).collect(Collectors.joining(",")))
        .succeeds();
    TrainedSae sae = TrainedSae.read(results.resolve("checkpoints/d12_k3.safetensors"));
    Tensor x = Fixtures.read(folder.resolve("val.safetensors"), new Site(14, 3)).x();
    double squares = 0;
    for (long i = 0; i < x.size(); i++) {
      squares += Math.pow(x.get(i) - sae.parameters().bDec().get(i % 7), 2);
    }
    JsonNode all = json().at("/results/12/effect");
    double loss = all.at("/loss/before").doubleValue() + all.at("/loss/change").doubleValue();
    assertEquals(squares / x.size(), loss, 1e-12 * loss);
    assertEquals(13, json().at("/results").size(), "each alone, then all together");
    assertEquals(13, all.at("/rows_changed").intValue());
  }

  @Test
  void removingIsScalingByNothingAndSwappingIsSymmetric() throws IOException {
    ablate("--latents 2 --scale 2=0 --scale 2=1 --swap 2,5 --swap 5,2").succeeds();
    JsonNode results = json().at("/results");
    assertEquals("zero", results.at("/0/effect/intervention/kind").asText());
    assertEquals("[2]", results.at("/0/effect/intervention/latents").toString());
    assertEquals("swap", results.at("/1/effect/intervention/kind").asText());
    assertEquals("scale", results.at("/3/effect/intervention/kind").asText());
    for (String figure :
        List.of(
            "difference/mean_abs_diff",
            "difference/max_abs_diff",
            "difference/mean_l2_diff",
            "difference/relative_change",
            "loss/change",
            "rows_changed")) {
      assertEquals(figure(results, 0, figure), figure(results, 3, figure), figure);
      assertEquals(figure(results, 1, figure), figure(results, 2, figure), figure);
      assertEquals(0, figure(results, 4, figure), figure);
    }
    assertTrue(figure(results, 0, "difference/mean_abs_diff") > 0);
  }

  private static double figure(JsonNode results, int i, String name) {
    return results.get(i).at("/effect/" + name).doubleValue();
  }

  @Test
  void saysWhatItFoundAndWhatItIsNot() throws IOException {
    InProcess done = ablate("--top 2 --scale 4=-1.5").succeeds();
    done.says(
        "remove all 2",
        "scale 4 by -1.5",
        "on 13 rows",
        "with itself changes nothing: true",
        "No language model");
    assertFalse(done.out().contains("FALSE"));
    JsonNode json = json();
    assertEquals("sae-native ablation 2", json.at("/format").asText());
    assertTrue(json.at("/note").asText().startsWith("No language model is in the loop"));
    assertEquals("checkpoints/d12_k3.safetensors", json.at("/sae/checkpoint").asText());
    assertFalse(json.at("/data/validation/synthetic").booleanValue());
    double first = json.at("/results/0/latents/0/frequency").doubleValue();
    assertTrue(
        first >= json.at("/results/1/latents/0/frequency").doubleValue(),
        "the most frequent first");
    assertTrue(json.at("/sanity_checks/0/passed").booleanValue());
  }

  /** The largest loss is sought here in the file. */
  @Test
  void theLastLineIsWhatCostsMost() throws IOException {
    InProcess done = ablate("--latents 2,5").succeeds();
    JsonNode most = json().at("/results/0");
    for (JsonNode result : json().at("/results")) {
      if (result.at("/effect/loss/change").doubleValue()
          > most.at("/effect/loss/change").doubleValue()) {
        most = result;
      }
    }
    JsonNode latents = most.at("/effect/intervention/latents");
    String name = latents.size() > 1 ? "all " + latents.size() : latents.get(0).asText();
    done.finds("to remove " + name + " costs most: EV ");
    done.finds("numbers in " + results.resolve("analysis/ablation_k3.json"));
    assertTrue(
        done.out()
            .lines()
            .filter(line -> line.startsWith("remove"))
            .allMatch(l -> l.length() <= 80));
  }

  @Test
  void quietSaysTheFindingAloneAndJsonIsTheFile() throws IOException {
    InProcess quiet = ablate("--top 2 --quiet").succeeds();
    assertEquals(1, quiet.out().lines().count(), quiet.out());
    quiet.finds("costs most");
    InProcess json = ablate("--top 2 --json");
    assertEquals(json(), json.json());
    assertTrue(json.err().contains("intervention ") && json.err().contains("costs most"));
    InProcess both = ablate("--top 2 --json --quiet").succeeds();
    assertEquals(json(), both.json());
  }

  @Test
  void withoutAWishTheTenMostFrequentAreRemoved() throws IOException {
    ablate("").succeeds();
    assertEquals(11, json().at("/results").size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--latents 12             | 1 | there is no latent 12",
        "--latents -1             | 1 | there is no latent -1",
        "--swap 3,12              | 1 | there is no latent 12",
        "--scale 12=2             | 1 | there is no latent 12",
        "--top 13                 | 1 | there are no 13 latents, only 12",
        "--layer 3                | 1 | is for no layer in particular, not layer 3",
        "--top 0                  | 2 | --top must be at least 1",
        "--top 2 --latents 3      | 2 | give one of them",
        "--latents three          | 2 | 'three' is not a whole number",
        "--latents 3,3            | 2 | 3 is given twice",
        "--swap 3                 | 2 | expected two latents such as",
        "--scale 3                | 2 | expected a latent and a factor",
        "--scale 3=NaN            | 2 | expected a latent and a factor",
      })
  void whatCannotBeDoneIsToldInOneLine(String arguments, int code, String reason) {
    ablate(arguments).fails(code, reason);
    assertFalse(Files.exists(results.resolve("analysis")));
  }
}
