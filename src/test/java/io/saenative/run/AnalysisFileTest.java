package io.saenative.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.ConceptSupport;
import io.saenative.analysis.DictionaryAnalysis.Control;
import io.saenative.analysis.DictionaryAnalysis.Dead;
import io.saenative.analysis.DictionaryAnalysis.Geometry;
import io.saenative.analysis.DictionaryAnalysis.Latent;
import io.saenative.analysis.DictionaryAnalysis.PlantedScore;
import io.saenative.analysis.DictionaryAnalysis.PublishedType;
import io.saenative.analysis.DictionaryAnalysis.Quality;
import io.saenative.analysis.DictionaryAnalysis.SoundAssociation;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.DictionaryAnalysis.TopRow;
import io.saenative.analysis.PlantedRecovery;
import io.saenative.analysis.RuleScore;
import io.saenative.analysis.control.ChanceLevel;
import io.saenative.analysis.latents.ActivityProfile;
import io.saenative.analysis.latents.DensityHistogram;
import io.saenative.analysis.latents.DictionaryGeometry.Neighbour;
import io.saenative.analysis.latents.Distribution;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.latents.Sign;
import io.saenative.analysis.latents.SignBalance;
import io.saenative.analysis.sound.ChainOfThought.MalformedStep.Reason;
import io.saenative.analysis.sound.Concept;
import io.saenative.analysis.sound.Criteria;
import io.saenative.analysis.sound.ParseReport;
import io.saenative.data.Activations.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnalysisFileTest {
  @TempDir private Path folder;

  @Test
  void whatIsWrittenIsRead() {
    Path file = folder.resolve("a.json");
    for (DictionaryAnalysis analysis : List.of(example(), withoutLabels())) {
      JsonFile.write(file, analysis);
      assertEquals(analysis, AnalysisFile.read(file));
    }
  }

  @Test
  void keysAreInSnakeCaseAndWordsInLowerCase() throws IOException {
    Path file = folder.resolve("a.json");
    JsonFile.write(file, example());
    JsonNode json = new ObjectMapper().readTree(file.toFile());
    assertEquals("sae-native analysis 1", json.at("/format").asText());
    assertEquals(7, json.at("/d_in").asInt());
    assertEquals(0.9, json.at("/evaluation/ev_r2").asDouble());
    assertEquals(2, json.at("/activity/frequency_in_window/count").asInt());
    assertEquals(
        1,
        json.at("/parse_report/malformed/no_equals_sign").asInt(),
        json.at("/parse_report").toString());
    assertEquals("operation_pair", json.at("/concepts/0/kind").asText());
    assertEquals("positive", json.at("/latents/0/sound/0/sign").asText());
    assertEquals(0.5, json.at("/latents/0/encoder_decoder_cosine").asDouble());
    assertEquals("2*3=6 | 6+1=7", json.at("/latents/0/top_rows/0/cot").asText());
    assertEquals(5, json.at("/specialised/sound/chance/percentile95").asInt());
    assertTrue(json.at("/evaluation/ev_mean_of_ratios").isNull());
  }

  @Test
  void anotherFileIsRefused() throws IOException {
    Path file = folder.resolve("a.json");
    Files.writeString(file, "{\"format\": \"sae-native analysis 7\"}");
    assertTrue(refusal(file).contains("'sae-native analysis 7'"));
    Files.writeString(file, "{\"metadata\": {}}");
    assertTrue(refusal(file).contains("'null'"));
    Files.writeString(file, "{\"format");
    assertTrue(refusal(file).startsWith("cannot read " + file));
    assertTrue(refusal(folder.resolve("none.json")).contains("none.json"));
  }

  private static String refusal(Path file) {
    return assertThrows(UserError.class, () -> AnalysisFile.read(file)).getMessage();
  }

  private static DictionaryAnalysis example() {
    Distribution d = new Distribution(2, 0.1, 0.2, 0.3, 0.4, 0.5);
    ChanceLevel chance = new ChanceLevel(1, 2.5, 5, 6, 0.8);
    ByRule rule = new ByRule(1, 2, List.of(0), chance);
    RankWindow window = new RankWindow(1, 2);
    DensityHistogram density = new DensityHistogram(List.of(0.1, 1.0), List.of(2), 1);
    return new DictionaryAnalysis(
        DictionaryAnalysis.FORMAT,
        "checkpoints/pos3_layer14_d3_k1.pt",
        14,
        3,
        1,
        7,
        3,
        20,
        "0.1.0",
        "reference",
        new Source("then.pt", "ef", true),
        new Source("val.pt", "ab", false),
        new Source("train.pt", "cd", false),
        "2026-01-31",
        Criteria.DEFAULT,
        window,
        new Quality(0.1, 0.91, 0.9, 0.9, null, 1.0, 2.0, 3.0),
        new ActivityProfile(20, 3, d, window, d, density, new SignBalance(1, 0, 1, 0.75)),
        new Dead(List.of(), List.of(2), List.of()),
        new Geometry(d, d, d, d),
        List.of(
            new ConceptSupport(
                Concept.Kind.OPERATION_PAIR, "multiplication then addition", 10, 0.5)),
        0,
        new ParseReport(20, 1, 41, Map.of(Reason.NO_EQUALS_SIGN, 1L), List.of("2*3")),
        new Specialised(rule, rule, rule, rule, new Control(200, 1, 20)),
        new PlantedScore(
            new PlantedRecovery(1, d, 1, List.of(new PlantedRecovery.Match(0, null, 2, -0.9))),
            new RuleScore(0, 0, 0, 1, 1, 0, null, 0.0),
            new RuleScore(1, 1, 1, 1, 1, 1, 1.0, 1.0)),
        List.of(latent()));
  }

  private static Latent latent() {
    return new Latent(
        0,
        1,
        15,
        0.75,
        11,
        4,
        1.5,
        new PublishedType("operation-specialized", "addition"),
        List.of(
            new SoundAssociation(
                Sign.POSITIVE,
                "multiplication then addition",
                Concept.Kind.OPERATION_PAIR,
                10,
                11,
                0.9,
                0.8,
                0.95,
                1,
                0.5,
                1.8,
                9,
                3,
                27,
                1e-300,
                2e-299,
                true)),
        1.1,
        0.9,
        0.5,
        List.of(new Neighbour(2, -0.3)),
        List.of(new TopRow(4, "p4", "2*3=6 | 6+1=7", -2.25)));
  }

  private static DictionaryAnalysis withoutLabels() {
    DictionaryAnalysis a = example();
    Latent l = latent();
    return new DictionaryAnalysis(
        a.format(),
        a.checkpoint(),
        a.layer(),
        a.position(),
        a.k(),
        a.dIn(),
        a.dSae(),
        a.rows(),
        a.programVersion(),
        a.backend(),
        null,
        a.data(),
        null,
        a.date(),
        a.criteria(),
        a.window(),
        a.evaluation(),
        a.activity(),
        new Dead(null, List.of(), null),
        a.geometry(),
        List.of(),
        0,
        null,
        null,
        null,
        List.of(
            new Latent(
                l.latent(),
                l.rank(),
                l.count(),
                l.frequency(),
                l.positive(),
                l.negative(),
                l.meanMagnitude(),
                null,
                List.of(),
                l.encoderNorm(),
                l.decoderNorm(),
                l.encoderDecoderCosine(),
                l.neighbours(),
                List.of(new TopRow(4, null, null, 1)))));
  }
}
