package io.saenative.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Control;
import io.saenative.analysis.DictionaryAnalysis.Data;
import io.saenative.analysis.DictionaryAnalysis.Labelled;
import io.saenative.analysis.DictionaryAnalysis.Latent;
import io.saenative.analysis.DictionaryAnalysis.MadeBy;
import io.saenative.analysis.DictionaryAnalysis.Quality;
import io.saenative.analysis.DictionaryAnalysis.Sae;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.DictionaryAnalysis.TopRow;
import io.saenative.analysis.PlantedScore;
import io.saenative.analysis.PlantedScore.PlantedRecovery;
import io.saenative.analysis.PlantedScore.RuleScore;
import io.saenative.analysis.control.PermutationControl.ChanceLevel;
import io.saenative.analysis.latents.Activity;
import io.saenative.analysis.latents.Activity.DeadLatents;
import io.saenative.analysis.latents.Activity.DensityHistogram;
import io.saenative.analysis.latents.Activity.LatentActivity;
import io.saenative.analysis.latents.Activity.SignBalance;
import io.saenative.analysis.latents.DictionaryGeometry.LatentGeometry;
import io.saenative.analysis.latents.DictionaryGeometry.Neighbour;
import io.saenative.analysis.latents.Distribution;
import io.saenative.analysis.latents.LatentStatistics.Sign;
import io.saenative.analysis.latents.Operation;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.PublishedRule.Specialization;
import io.saenative.analysis.sound.ChainOfThought.MalformedStep.Reason;
import io.saenative.analysis.sound.ChainOfThought.ParseReport;
import io.saenative.analysis.sound.Concept;
import io.saenative.analysis.sound.Concepts;
import io.saenative.analysis.sound.ContingencyTable;
import io.saenative.analysis.sound.SoundRule.Association;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.data.Activations.Source;
import io.saenative.data.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFilesTest {
  private static final Concept CONCEPT =
      new Concept(Concept.Kind.OPERATION_PAIR, "multiplication then addition");

  @TempDir private Path folder;

  @Test
  void whatIsWrittenIsRead() {
    Path file = folder.resolve("a.json");
    for (DictionaryAnalysis analysis : List.of(example(), withoutLabels())) {
      JsonFile.write(file, analysis);
      assertEquals(analysis, ResultFiles.readAnalysis(file));
    }
  }

  @Test
  void keysAreInSnakeCaseAndWordsInLowerCase() throws IOException {
    Path file = folder.resolve("a.json");
    JsonFile.write(file, example());
    JsonNode json = new ObjectMapper().readTree(file.toFile());
    assertEquals("sae-native analysis 2", json.at("/format").asText());
    assertEquals(7, json.at("/sae/d_in").asInt());
    assertEquals(0.9, json.at("/evaluation/ev_r2").asDouble());
    assertEquals(2, json.at("/activity/frequency_in_window/count").asInt());
    assertEquals(
        1,
        json.at("/labelled/parse_report/malformed/no_equals_sign").asInt(),
        json.at("/labelled/parse_report").toString());
    assertEquals(40, json.at("/labelled/parse_report/parsed").asInt());
    assertEquals("operation_pair", json.at("/labelled/concepts/0/concept/kind").asText());
    assertEquals("positive", json.at("/latents/0/sound/0/sign").asText());
    assertEquals(9, json.at("/latents/0/sound/0/table/both").asInt());
    assertEquals(0.9, json.at("/latents/0/sound/0/table/precision").asDouble());
    assertEquals(1.5, json.at("/latents/0/sound/0/table/lift").asDouble());
    assertTrue(json.at("/latents/0/sound/0/table/odds_ratio_interval/low").asDouble() > 0);
    assertEquals("operation-specialized", json.at("/latents/0/published/type").asText());
    assertEquals(0.5, json.at("/latents/0/geometry/encoder_decoder_cosine").asDouble());
    assertEquals(0.3, json.at("/geometry/nearest_abs_cosine/median").asDouble());
    assertEquals("2*3=6 | 6+1=7", json.at("/latents/0/top_rows/0/cot").asText());
    assertEquals(5, json.at("/labelled/specialised/sound/chance/percentile95").asInt());
    assertTrue(json.at("/evaluation/ev_mean_of_ratios").isNull());
  }

  @Test
  void anotherFileIsRefused() throws IOException {
    Path file = folder.resolve("a.json");
    Files.writeString(file, "{\"format\": \"sae-native analysis 7\"}");
    assertTrue(refusal(file).contains("'sae-native analysis 7'"));
    Files.writeString(
        file,
        "{\"format\": \"sae-native analysis 1\", \"latents\": [{\"sound\": [{\"concept\":"
            + " \"addition\"}]}]}");
    assertTrue(refusal(file).endsWith("make it anew with analyze"), refusal(file));
    Files.writeString(file, "{\"metadata\": {}}");
    assertTrue(refusal(file).contains("'null'"));
    Files.writeString(file, "{\"format");
    assertTrue(refusal(file).startsWith("cannot read " + file));
    assertTrue(refusal(folder.resolve("none.json")).contains("none.json"));
  }

  private static String refusal(Path file) {
    return assertThrows(UserError.class, () -> ResultFiles.readAnalysis(file)).getMessage();
  }

  private static DictionaryAnalysis example() {
    Distribution d = new Distribution(2, 0.1, 0.2, 0.3, 0.4, 0.5);
    ChanceLevel chance = new ChanceLevel(1, 2.5, 5, 6, 0.8);
    ByRule rule = new ByRule(1, 2, List.of(0), chance);
    RankWindow window = new RankWindow(1, 2);
    DensityHistogram density = new DensityHistogram(List.of(0.1, 1.0), List.of(2), 1);
    return new DictionaryAnalysis(
        DictionaryAnalysis.FORMAT,
        new Sae(
            "checkpoints/pos3_layer14_d3_k1.pt",
            new Site(14, 3),
            1,
            7,
            3,
            new Source("then.pt", "ef", true)),
        new MadeBy("0.1.0", "reference", "2026-01-31"),
        new Data(20, new Source("val.pt", "ab", false), new Source("train.pt", "cd", false)),
        new Quality(0.1, 0.91, 0.9, 0.9, Double.NaN, 1.0, 2.0, 3.0),
        new Activity(
            d,
            window,
            d,
            density,
            new SignBalance(1, 0, 1, 0.75),
            new DeadLatents(List.of(), List.of(2), List.of())),
        new Labelled(
            Criteria.DEFAULT,
            new ParseReport(20, 1, 41, Map.of(Reason.NO_EQUALS_SIGN, 1L), List.of("2*3")),
            List.of(new Concepts.Support(CONCEPT, 10, 0.5)),
            0,
            new Specialised(rule, rule, rule, rule, new Control(200, 1, 20)),
            new PlantedScore(
                new PlantedRecovery(1, d, 1, List.of(new PlantedRecovery.Match(0, null, 2, -0.9))),
                new RuleScore(0, 0, 0, 1, 1, 0, Double.NaN, 0.0),
                new RuleScore(1, 1, 1, 1, 1, 1, 1.0, 1.0))),
        List.of(latent()));
  }

  private static Latent latent() {
    return new Latent(
        0,
        new LatentActivity(1, 15, 0.75, 11, 4, 1.5),
        new LatentGeometry(0.9, 1.1, 0.5, List.of(new Neighbour(2, -0.3))),
        new Specialization(
            Specialization.Type.OPERATION_SPECIALIZED,
            "addition",
            new Specialization.Scores(Map.of(Operation.ADDITION, 100.0), Map.of("12", 3), 15)),
        List.of(
            new Association(
                Sign.POSITIVE, CONCEPT, new ContingencyTable(9, 10, 12, 20), 1e-300, 2e-299, true)),
        List.of(new TopRow(4, "p4", "2*3=6 | 6+1=7", -2.25)));
  }

  private static DictionaryAnalysis withoutLabels() {
    DictionaryAnalysis a = example();
    Latent l = latent();
    Sae sae = a.sae();
    Activity activity = a.activity();
    return new DictionaryAnalysis(
        a.format(),
        new Sae(sae.checkpoint(), null, sae.k(), sae.dIn(), sae.dSae(), null),
        a.madeBy(),
        new Data(20, a.data().validation(), null),
        a.evaluation(),
        new Activity(
            activity.frequency(),
            activity.window(),
            null,
            activity.density(),
            activity.signBalance(),
            new DeadLatents(null, List.of(), null)),
        null,
        List.of(
            new Latent(
                l.latent(),
                l.activity(),
                l.geometry(),
                null,
                List.of(),
                List.of(new TopRow(4, null, null, 1)))));
  }
}
