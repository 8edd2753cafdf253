package io.saenative.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.saenative.UserError;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ReportWriterTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern CELL = Pattern.compile("<td>([^<]*)</td>");
  private static final MathContext SIX_DIGITS = new MathContext(6);

  private static final List<String> NOT_SHOWN =
      List.of("concept", "rows", "recall_interval", "lift_interval");

  @TempDir private Path folder;

  @Test
  void thePageStandsAlone() throws IOException {
    String page = page(new SampleRun(40, 100, List.of(2, 7)));
    assertTrue(page.startsWith("<!DOCTYPE html>") && page.endsWith("</html>\n"));
    assertFalse(
        Pattern.compile("(src|href)=\"(?!#)").matcher(page).find(),
        "asks for something outside of itself");
    assertFalse(page.contains("url(http") || page.contains("@import"));
    assertTrue(page.contains("default-src 'none'"));
    String before = page.substring(0, page.indexOf("<script"));
    List.of("${", "$unsafe", "@template", "@if", "@for", "@end", "!{")
        .forEach(sign -> assertFalse(before.contains(sign), () -> sign + " of a template is left"));
  }

  @Test
  void everyNameWithinThePageIsThereOnce() throws IOException {
    String page = page(new SampleRun(40, 100, List.of(2, 7)));
    List<String> ids = all("id=\"([^\"]*)\"", page);
    assertEquals(new HashSet<>(ids).size(), ids.size(), ids::toString);
    List<String> references = all("(?:url\\(|href=\")#([^\")]*)", page);
    assertTrue(references.stream().anyMatch(id -> id.contains("clip")));
    assertTrue(ids.containsAll(references), () -> references + " in " + ids);
  }

  private static List<String> all(String pattern, String page) {
    return Pattern.compile(pattern).matcher(page).results().map(m -> m.group(1)).toList();
  }

  @Test
  void textOfTheDataIsOnlyText() throws IOException {
    String page = page(new SampleRun(400, 30, List.of(60)));
    assertFalse(page.contains("<img"));
    assertTrue(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;\"'"));
    JsonNode rows = json(page, "rows");
    assertEquals(
        SampleRun.NASTY, rows.get("cot").get(place(rows.get("row"), IntNode.valueOf(0))).asText());
  }

  @Test
  void syntheticDataIsNamedInEverySection() throws IOException {
    String page = page(new SampleRun(40, 100, List.of(2)));
    assertTrue(page.contains("SYNTHETIC DATA:"));
    List<String> headings =
        Pattern.compile("<h2>.*</h2>").matcher(page).results().map(MatchResult::group).toList();
    assertEquals(4, headings.size());
    headings.forEach(heading -> assertTrue(heading.contains("synthetic data"), heading));
    assertEquals(4, page.split("<figcaption><span class=\"synthetic\">", -1).length - 1);
  }

  /** An SAE and the rows it is looked at with may come from different worlds. */
  @Test
  void whichDataIsSyntheticIsTold() throws IOException {
    SampleRun run = new SampleRun(40, 100, List.of(2));
    run.write(folder);
    Files.delete(folder.resolve("large_k_summary_layer14_pos3.json"));
    assertTrue(rewritten(true, true).contains("nothing on this page was recorded from a model"));
    String recordedRows = rewritten(true, false);
    assertTrue(
        recordedRows.contains(
            "was trained on rows that were not recorded from a model; the rows analysed were."));
    assertTrue(recordedRows.contains("<dt>Trained beside</dt><dd>SYNTHETIC: "));
    assertTrue(recordedRows.contains("class=\"synthetic\""));
    assertTrue(
        rewritten(false, true)
            .contains("the rows analysed were not recorded from a model; the rows that"));
    assertTrue(
        rewritten(null, true)
            .contains("the rows analysed were not recorded from a model; the rows that"));
    assertTrue(
        rewritten(null, true)
            .contains("<dt>Trained beside</dt><dd>not told by the checkpoint</dd>"));
    assertFalse(rewritten(false, false).contains("SYNTHETIC"));
    assertFalse(rewritten(null, false).contains("class=\"synthetic\""));
  }

  /**
   * The page after the only analysis has been told where the training's rows and its own come from.
   */
  private String rewritten(Boolean trainedOnSynthetic, boolean analysedOnSynthetic)
      throws IOException {
    Path file = folder.resolve("analysis/analysis_layer14_pos3_k2.json");
    ObjectNode analysis = (ObjectNode) JSON.readTree(file.toFile());
    ObjectNode data =
        ((ObjectNode) analysis.at("/data/validation")).put("synthetic", analysedOnSynthetic);
    ((ObjectNode) analysis.get("sae"))
        .set(
            "trained_beside",
            trainedOnSynthetic == null
                ? null
                : data.deepCopy().put("synthetic", trainedOnSynthetic));
    JSON.writeValue(file.toFile(), analysis);
    ReportWriter.write(folder);
    return Files.readString(folder.resolve("report.html"));
  }

  /** Where no step could be parsed, no latent was found not to be specialised. */
  @Test
  void whatCouldNotBeTestedIsNotSaidToBeNone() throws IOException {
    new SampleRun(40, 100, List.of(2)).write(folder);
    Path file = folder.resolve("analysis/analysis_layer14_pos3_k2.json");
    ObjectNode analysis = (ObjectNode) JSON.readTree(file.toFile());
    ObjectNode labelled = (ObjectNode) analysis.get("labelled");
    labelled.putArray("concepts");
    ((ObjectNode) labelled.get("parse_report")).put("steps", 0);
    for (String rule : List.of("sound", "sound_window")) {
      ObjectNode none = ((ObjectNode) labelled.get("specialised")).putObject(rule);
      none.put("count", 0).put("analysed", 0).putNull("chance").putArray("latents");
    }
    analysis.get("latents").forEach(latent -> ((ObjectNode) latent).putArray("sound"));
    JSON.writeValue(file.toFile(), analysis);
    String page = Files.readString(ReportWriter.write(folder).page());
    assertTrue(page.contains("hold no step that could be parsed"));
    assertTrue(page.contains("<td>sound</td>\n<td>–</td>"));
    assertTrue(page.contains("<td>published</td>\n<td>"));
    assertFalse(page.contains("<td>0 / 0</td>"));
  }

  @Test
  void everyNumberInTheTablesIsInAFile() throws IOException {
    String page = page(new SampleRun(40, 100, List.of(2, 7)));
    String tables =
        page.substring(
            page.indexOf("<section id=\"tables\">"), page.indexOf("<section id=\"figures\">"));
    Set<String> known = new HashSet<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        collect(JSON.readTree(file.toFile()), known);
      }
    }
    List<String> cells = CELL.matcher(tables).results().map(m -> m.group(1)).toList();
    assertTrue(cells.size() > 100);
    for (String cell : cells) {
      for (String number : cell.replace(",", "").split(" / ")) {
        if (number.matches("-?[0-9.]+")) {
          assertTrue(known.contains(number), () -> number + " is in no file");
        }
      }
    }
  }

  @Test
  void theLatentsAreThoseOfTheAnalysis() throws IOException {
    String page = page(new SampleRun(1100, 400, List.of(70)));
    JsonNode latents =
        JSON.readTree(folder.resolve("analysis/analysis_layer14_pos3_k70.json").toFile())
            .get("latents");
    JsonNode table = json(page, "latents-70");
    JsonNode texts = json(page, "rows");
    assertFalse(table.at("/latents/specialised/q").isMissingNode(), "some are specialised");
    int chunk = table.get("chunk").asInt();
    for (int i = 0; i < latents.size(); i++) {
      JsonNode latent = latents.get(i);
      JsonNode listed = record(table.get("latents"), i);
      JsonNode details = record(json(page, "details-70-" + i / chunk), i % chunk);
      assertEquals(latent.get("latent"), listed.get("latent"));
      assertSame(latent.get("activity"), listed.get("activity"));
      assertSame(latent.at("/published/type"), listed.at("/published/type"));
      assertSame(latent.get("geometry"), details.get("geometry"));
      latent
          .get("sound")
          .forEach(association -> ((ObjectNode) association.get("table")).remove(NOT_SHOWN));
      assertSame(latent.get("sound"), details.get("sound"));
      assertEquals(latent.get("sound").size(), listed.get("tested").size());
      for (int s = 0; s < latent.get("sound").size(); s++) {
        assertEquals(
            latent.get("sound").get(s).at("/concept/name"),
            table.get("concepts").get(listed.get("tested").get(s).asInt()));
      }
      JsonNode best = latent.at("/sound/0");
      boolean specialised = best.path("specialised").asBoolean();
      assertSame(specialised ? best.get("q") : NullNode.instance, listed.at("/specialised/q"));
      for (int r = 0; r < latent.get("top_rows").size(); r++) {
        JsonNode row = latent.get("top_rows").get(r);
        JsonNode shown = record(details.get("top_rows"), r);
        assertSame(row.get("activation"), shown.get("activation"));
        JsonNode text = record(texts, place(texts.get("row"), shown.get("row")));
        assertEquals(row.get("row"), text.get("row"));
        assertEquals(row.get("problem_id"), text.get("problem_id"));
        assertEquals(row.get("cot"), text.get("cot"));
      }
    }
  }

  /** A record of an object of columns, as the page's script reads it. */
  private static JsonNode record(JsonNode columns, int i) {
    if (columns.isArray()) {
      return columns.get(i);
    }
    ObjectNode record = JSON.createObjectNode();
    columns.properties().forEach(c -> record.set(c.getKey(), record(c.getValue(), i)));
    return record;
  }

  /**
   * The same numbers to six digits and the same texts, under the same names in the same nesting.
   */
  private static void assertSame(JsonNode expected, JsonNode shown) {
    if (expected.isObject()) {
      expected.properties().forEach(f -> assertSame(f.getValue(), shown.path(f.getKey())));
      assertEquals(expected.size(), shown.size());
    } else if (expected.isArray()) {
      for (int i = 0; i < expected.size(); i++) {
        assertSame(expected.get(i), record(shown, i));
      }
    } else if (expected.isNumber()) {
      assertEquals(sixDigits(expected), decimal(shown));
    } else if (expected.isMissingNode() || expected.isNull()) {
      assertTrue(shown.isMissingNode() || shown.isNull());
    } else {
      assertEquals(expected, shown);
    }
  }

  @Test
  void aTrainingAloneAndAnAnalysisAloneHaveReportsToo() throws IOException {
    new SampleRun(40, 100, List.of(2, 7)).write(folder);
    Path moved = Files.createDirectories(folder.resolve("elsewhere"));
    Files.move(folder.resolve("analysis"), moved.resolve("analysis"));
    assertEquals(2, ReportWriter.write(folder).figures());
    assertTrue(Files.readString(folder.resolve("report.html")).contains("No K was analysed."));
    assertEquals(3, ReportWriter.write(moved).figures());
    assertTrue(Files.readString(moved.resolve("report.html")).contains("id=\"latents-7\""));
  }

  @Test
  void whatIsNoRunIsRefused() throws IOException {
    assertTrue(refusal().contains(folder + " holds no results"));
    SampleRun run = new SampleRun(40, 100, List.of(2));
    run.write(folder);
    Path summary = folder.resolve("large_k_summary_layer14_pos3.json");
    ObjectNode root = (ObjectNode) JSON.readTree(summary.toFile());
    ((ObjectNode) root.at("/sae_native/data/validation")).put("sha256", "other");
    JSON.writeValue(summary.toFile(), root);
    assertTrue(
        refusal()
            .contains(
                "analysis_layer14_pos3_k2.json is of another layer, position, size or validation"
                    + " data"));
    Files.writeString(summary, "{\"config\": {}, \"results\": {}}");
    assertTrue(refusal().contains("was not written by this program"));
    Files.writeString(
        summary, "{\"sae_native\": {\"data\": {\"validation\": {\"sha256\": 7}}}, \"config\"");
    assertTrue(refusal().startsWith("cannot read " + summary));
    Files.writeString(summary, "{\"sae_native\": {}, \"config\": {\"layer\": \"x\"}}");
    assertTrue(refusal().contains("is missing or not what it should be"));
    assertFalse(Files.exists(folder.resolve("report.html")));
    assertFalse(Files.exists(folder.resolve("figures")));
  }

  @Test
  void aLargeDictionaryStaysUsable() throws IOException {
    new SampleRun(32_768, 1495, List.of(64)).write(folder);
    long start = System.nanoTime();
    ReportWriter.Written written = ReportWriter.write(folder);
    double seconds = (System.nanoTime() - start) / 1e9;
    long bytes = Files.size(written.page());
    // A third of the analysis file; the time is bounded loosely, for machines under load.
    assertTrue(bytes < 40_000_000, () -> bytes + " bytes");
    assertTrue(seconds < 60, () -> seconds + " s");
  }

  private String page(SampleRun run) throws IOException {
    run.write(folder);
    return Files.readString(ReportWriter.write(folder).page());
  }

  private String refusal() {
    return assertThrows(UserError.class, () -> ReportWriter.write(folder)).getMessage();
  }

  private static JsonNode json(String page, String id) throws IOException {
    String open = "<script type=\"application/json\" id=\"" + id + "\">";
    int start = page.indexOf(open) + open.length();
    return JSON.readTree(page.substring(start, page.indexOf("</script>", start)));
  }

  private static int place(JsonNode list, JsonNode value) {
    return IntStream.range(0, list.size())
        .filter(i -> list.get(i).equals(value))
        .findFirst()
        .orElseThrow();
  }

  private static BigDecimal sixDigits(JsonNode number) {
    return new BigDecimal(number.doubleValue()).round(SIX_DIGITS).stripTrailingZeros();
  }

  private static BigDecimal decimal(JsonNode number) {
    return new BigDecimal(number.asText()).stripTrailingZeros();
  }

  /**
   * A number of a file in every form that the report may show it in; lists are known by their
   * lengths.
   */
  private static void collect(JsonNode node, Set<String> known) {
    if (node.isNumber()) {
      for (double value : new double[] {node.doubleValue(), 100 * node.doubleValue()}) {
        for (int digits = 0; digits <= 5; digits++) {
          known.add(String.format(Locale.ROOT, "%." + digits + "f", value));
        }
      }
    } else if (node.isArray()) {
      known.add(String.valueOf(node.size()));
    }
    node.forEach(child -> collect(child, known));
  }
}
