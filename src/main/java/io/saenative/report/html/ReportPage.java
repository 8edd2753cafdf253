package io.saenative.report.html;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.WriterOutput;
import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.sound.ChainOfThought.ParseReport;
import io.saenative.data.Activations.Source;
import io.saenative.report.figures.Figures.Drawn;
import io.saenative.run.RunResults;
import io.saenative.run.RunResults.KResult;
import io.saenative.run.RunSummary;
import io.saenative.run.RunSummary.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the templates of {@code report.html} (src/main/jte) are filled with, and how they write
 * numbers and data sets. The page is one file that needs nothing but a browser.
 *
 * @param figures drawn for the page
 * @param obstacle why there are no figures, if so
 */
public record ReportPage(RunResults run, List<Drawn> figures, Optional<String> obstacle) {
  static final String UNKNOWN = "–";

  static final List<Rule> RULES =
      List.of(
          new Rule("sound", Specialised::sound),
          new Rule("published", Specialised::published),
          new Rule("sound, window", Specialised::soundWindow),
          new Rule("published, window", Specialised::publishedWindow));

  /** A rule by which latents are called specialised, and where its result stands. */
  record Rule(String name, Function<Specialised, ByRule> of) {}

  public void write(Writer out) {
    TemplateEngine.createPrecompiled(
            null,
            ContentType.Html,
            ReportPage.class.getClassLoader(),
            ReportPage.class.getPackageName())
        .render("page.jte", this, new WriterOutput(out));
  }

  String title() {
    return "Large K: %,d latents on %,d inputs%s"
        .formatted(run.dSae(), run.dIn(), run.site().map(site -> ", " + site).orElse(""));
  }

  boolean synthetic() {
    return run.synthetic();
  }

  String whatIsSynthetic() {
    if (run.trainedOnSynthetic() && run.analysedOnSynthetic()) {
      return "nothing on this page was recorded from a model";
    }
    return run.trainedOnSynthetic()
        ? "what is looked at here was trained on rows that were not recorded from a model; the rows"
            + " analysed were"
        : "the rows analysed were not recorded from a model; the rows that the SAE was trained on"
            + " were, or are not known";
  }

  String figureFile(Drawn figure, String format) {
    return run.folder().relative(run.folder().figure(figure.name(), format));
  }

  List<LatentData.Element> latentData() {
    return LatentData.of(run.analyses().toList());
  }

  /** The text of a file of the program: a style sheet or a script. */
  String resource(String name) {
    try (InputStream in = ReportPage.class.getResourceAsStream("/report/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String source(Rows rows) {
    return source(new Source(rows.source(), rows.sha256(), rows.synthetic()), rows.rows());
  }

  static String source(Source data, int rows) {
    return "%s%s; %,d rows; sha256 %s"
        .formatted(mark(data), data.description(), rows, data.sha256());
  }

  static String source(Source data) {
    return "%s%s; sha256 %s".formatted(mark(data), data.description(), data.sha256());
  }

  private static String mark(Source data) {
    return data.synthetic() ? "SYNTHETIC: " : "";
  }

  /** The commands that gave the results of a summary, as they can be copied. */
  static String commands(RunSummary summary) {
    return summary.saeNative().results().values().stream()
        .map(details -> details.computedBy().command())
        .distinct()
        .collect(Collectors.joining("; "));
  }

  static String settings(RunSummary summary) {
    return summary.saeNative().settings().entrySet().stream()
        .filter(setting -> !setting.getKey().endsWith("sha256"))
        .map(setting -> setting.getKey() + " " + setting.getValue())
        .collect(Collectors.joining(", "));
  }

  static String malformed(ParseReport parsed) {
    long malformed = parsed.malformed().values().stream().mapToLong(Long::longValue).sum();
    String reasons =
        parsed.malformed().entrySet().stream()
            .map(
                e ->
                    e.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                        + " "
                        + e.getValue())
            .collect(Collectors.joining(", "));
    return "%,d of them malformed%s"
        .formatted(malformed, malformed == 0 ? "" : " (" + reasons + ")");
  }

  /** Specialised latents of those analysed. */
  static String found(KResult result, Function<Specialised, ByRule> rule) {
    return result
        .specialised(rule)
        .filter(found -> found.analysed() > 0)
        .map(found -> count(found.count()) + " / " + count(found.analysed()))
        .orElse(UNKNOWN);
  }

  static String count(double count) {
    return Double.isNaN(count) ? UNKNOWN : String.format(Locale.ROOT, "%,.0f", count);
  }

  /** A share as a percentage with two decimals. */
  static String percent(double share) {
    return decimals(100 * share, 2);
  }

  static String decimals(double number, int digits) {
    return Double.isNaN(number) ? UNKNOWN : String.format(Locale.ROOT, "%." + digits + "f", number);
  }
}
