package io.saenative.cli;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Control;
import io.saenative.analysis.DictionaryAnalysis.Labelled;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.latents.Activity.DeadLatents;
import io.saenative.analysis.latents.Distribution;
import io.saenative.analysis.sound.ChainOfThought.ParseReport;
import io.saenative.analysis.sound.SoundRule.Criteria;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** How many latents each rule calls specialised, beside what chance gives, over K. */
final class SpecialisationTable {
  private static final String LINE = "%6s  %10s  %9s  %10s  %9s  %14s  %21s  %7s%n";
  private static final String NOT_KNOWN = "-";

  private final Map<Integer, String> lines = new TreeMap<>();
  private List<String> notes = List.of();

  /**
   * Takes one K; of its analysis nothing is kept but text.
   *
   * @param seconds that it took, files included
   */
  void add(DictionaryAnalysis analysis, double seconds) {
    Optional<Specialised> s = analysis.specialised();
    DeadLatents dead = analysis.activity().dead();
    lines.put(
        analysis.k(),
        LINE.formatted(
            analysis.k(),
            s.map(found -> share(found.publishedWindow())).orElse(NOT_KNOWN),
            s.map(found -> chance(found.publishedWindow())).orElse(NOT_KNOWN),
            s.map(found -> share(found.sound())).orElse(NOT_KNOWN),
            s.map(found -> chance(found.sound())).orElse(NOT_KNOWN),
            (dead.train() == null ? NOT_KNOWN : dead.train().size())
                + " / "
                + dead.validation().size(),
            frequencies(analysis.activity().frequency()),
            String.format(Locale.ROOT, "%.2f", seconds)));
    notes = notes(analysis);
  }

  void print(PrintWriter out) {
    out.println();
    out.printf(
        LINE,
        "K",
        "published",
        "by chance",
        "sound",
        "by chance",
        "dead train/val",
        "min/med/max freq. %",
        "seconds");
    lines.values().forEach(out::print);
    notes.forEach(out::println);
  }

  private static String share(ByRule rule) {
    return rule.analysed() == 0 ? NOT_KNOWN : rule.count() + " / " + rule.analysed();
  }

  private static String chance(ByRule rule) {
    return rule.chance() == null
        ? NOT_KNOWN
        : String.format(Locale.ROOT, "%.1f", rule.chance().mean());
  }

  private static String chance(Control control, int rows) {
    String of = control.rows() == rows ? "" : " of a sample of %,d rows".formatted(control.rows());
    return "mean over " + control.permutations() + " permutations of the labels" + of;
  }

  private static String frequencies(Distribution d) {
    return String.format(
        Locale.ROOT, "%.2f / %.1f / %.1f", 100 * d.min(), 100 * d.median(), 100 * d.max());
  }

  private static List<String> notes(DictionaryAnalysis a) {
    String rows =
        String.format(
            Locale.ROOT,
            "on the %,d %svalidation rows",
            a.data().rows(),
            a.data().validation().synthetic() ? "SYNTHETIC " : "");
    Labelled labelled = a.labelled();
    if (labelled == null) {
      return List.of(
          rows
              + ", which have no chains of thought: frequencies and geometry are analysed,"
              + " specialisation cannot be;",
          "give the rows' steps as FILE.jsonl beside the data or with --val-labels"
              + " (docs/file-formats.md)");
    }
    Criteria c = labelled.criteria();
    ParseReport parsed = labelled.parseReport();
    Control control = labelled.specialised().control();
    List<String> notes = new ArrayList<>();
    labelled.untestable().ifPresent(notes::add);
    notes.add(
        String.format(
            Locale.ROOT,
            "%s; published: the experiment's rule on frequency ranks %d-%d of %d",
            rows,
            a.activity().window().start(),
            a.activity().window().end(),
            a.sae().dSae()));
    notes.add(
        String.format(
            Locale.ROOT,
            "sound: q < %s, precision >= %s, lift >= %s, support >= %d, over all latents active"
                + " often enough",
            c.q(),
            c.precision(),
            c.lift(),
            c.minSupport()));
    notes.add(
        String.format(
            Locale.ROOT,
            "by chance: %s; %,d steps parsed, %d malformed%s",
            control == null ? "not asked for" : chance(control, a.data().rows()),
            parsed.parsed(),
            parsed.steps() - parsed.parsed(),
            labelled.conceptsLeftOut() == 0
                ? ""
                : "; the %,d most frequent concepts are tested, %,d more are not"
                    .formatted(labelled.concepts().size(), labelled.conceptsLeftOut())));
    return notes;
  }
}
