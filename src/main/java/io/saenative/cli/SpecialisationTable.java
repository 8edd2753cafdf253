package io.saenative.cli;

import static io.saenative.cli.Console.count;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Control;
import io.saenative.analysis.DictionaryAnalysis.Labelled;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.control.PermutationControl.ChanceLevel;
import io.saenative.analysis.latents.Activity.DeadLatents;
import io.saenative.analysis.latents.Distribution;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.sound.ChainOfThought.ParseReport;
import io.saenative.analysis.sound.SoundRule.Criteria;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** How many latents each rule calls specialised, beside what chance gives, over K. */
final class SpecialisationTable {
  private static final String LINE = "%6s %18s %16s %9s %20s %5s%n";
  private static final String NOT_KNOWN = "-";

  private final Map<Integer, String> lines = new TreeMap<>();
  private List<String> notes = List.of();

  /**
   * Takes one K; of its analysis nothing is kept but text.
   *
   * @param seconds that it took, files included
   */
  void add(DictionaryAnalysis analysis, double seconds) {
    Optional<Specialised> found = analysis.specialised();
    DeadLatents dead = analysis.activity().dead();
    lines.put(
        analysis.k(),
        LINE.formatted(
            analysis.k(),
            found.map(s -> share(s.publishedWindow())).orElse(NOT_KNOWN),
            found.map(s -> share(s.sound())).orElse(NOT_KNOWN),
            (dead.train() == null ? NOT_KNOWN : dead.train().size())
                + "/"
                + dead.validation().size(),
            frequencies(analysis.activity().frequency()),
            "%.2f".formatted(seconds)));
    notes = notes(analysis);
  }

  void print(PrintWriter out) {
    out.println();
    out.printf(
        LINE, "K", "published (chance)", "sound (chance)", "dead t/v", "freq. % min/med/max", "s");
    lines.values().forEach(out::print);
    notes.forEach(out::println);
  }

  /** What one analysis found, in one clause. */
  static String finding(DictionaryAnalysis a) {
    if (!a.testable()) {
      return "%s of %s dead on %s; specialisation could not be tested"
          .formatted(
              a.activity().dead().validation().size(),
              count(a.sae().dSae(), "latent"),
              count(a.data().rows(), "validation row"));
    }
    Specialised found = a.specialised().orElseThrow();
    ByRule sound = found.sound();
    ByRule published = found.publishedWindow();
    return "%d of %s specialised by the sound rule%s, %d of %d in the window by the published one%s"
        .formatted(
            sound.count(),
            count(sound.analysed(), "latent"),
            byChance(sound),
            published.count(),
            published.analysed(),
            byChance(published));
  }

  private static String share(ByRule rule) {
    return rule.analysed() == 0
        ? NOT_KNOWN
        : "%d/%d (%s)"
            .formatted(
                rule.count(),
                rule.analysed(),
                rule.chance() == null ? NOT_KNOWN : mean(rule.chance()));
  }

  private static String byChance(ByRule rule) {
    return rule.chance() == null ? "" : " (by chance " + mean(rule.chance()) + ")";
  }

  private static String mean(ChanceLevel chance) {
    return "%.1f".formatted(chance.mean());
  }

  private static String chance(Control control, int rows) {
    String of = control.rows() == rows ? "" : " of a sample of " + count(control.rows(), "row");
    return "mean over " + count(control.permutations(), "permutation") + " of the labels" + of;
  }

  private static String frequencies(Distribution d) {
    return "%.2f/%.1f/%.1f".formatted(100 * d.min(), 100 * d.median(), 100 * d.max());
  }

  private static List<String> notes(DictionaryAnalysis a) {
    String made = a.data().validation().synthetic() ? "SYNTHETIC " : "";
    String rows =
        "on the "
            + count(a.data().rows(), made + "validation row")
            + "; dead on training/validation rows";
    Labelled labelled = a.labelled();
    if (labelled == null) {
      return List.of(
          rows
              + "; there are no chains of thought: frequencies and geometry are analysed,"
              + " specialisation cannot be;",
          "give the rows' steps as FILE.jsonl beside the data or with --val-labels"
              + " (docs/file-formats.md)");
    }
    Criteria c = labelled.criteria();
    RankWindow window = a.activity().window();
    ParseReport parsed = labelled.parseReport();
    Control control = labelled.specialised().control();
    List<String> notes = new ArrayList<>();
    labelled.untestable().ifPresent(notes::add);
    notes.add(
        "%s; published: the experiment's rule on frequency ranks %d-%d of %d"
            .formatted(rows, window.start(), window.end(), a.sae().dSae()));
    notes.add(
        "sound: q < %s, precision >= %s, lift >= %s, support >= %d, over all latents active often enough"
            .formatted(c.q(), c.precision(), c.lift(), c.minSupport()));
    notes.add(
        "chance: %s; %s parsed, %d malformed%s"
            .formatted(
                control == null ? "not asked for" : chance(control, a.data().rows()),
                count(parsed.parsed(), "step"),
                parsed.steps() - parsed.parsed(),
                labelled.conceptsLeftOut() == 0
                    ? ""
                    : "; the %s most frequent concepts are tested, %s more are not"
                        .formatted(labelled.concepts().size(), labelled.conceptsLeftOut())));
    return notes;
  }
}
