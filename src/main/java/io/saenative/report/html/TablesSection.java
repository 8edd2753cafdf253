package io.saenative.report.html;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.RuleScore;
import io.saenative.analysis.control.ChanceLevel;
import io.saenative.analysis.latents.Distribution;
import io.saenative.run.KResult;
import io.saenative.run.RunFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The tables over K: the experiment's with both rules side by side, then what each analysis adds.
 */
final class TablesSection {
  private final RunFiles run;

  private TablesSection(RunFiles run) {
    this.run = run;
  }

  static String of(RunFiles run) {
    TablesSection s = new TablesSection(run);
    List<String> tables = new ArrayList<>();
    if (run.analyses().anyMatch(a -> a.specialised().isPresent())) {
      tables.add(s.headline());
    }
    tables.add(s.quality());
    if (run.analyses().anyMatch(a -> a.specialised().isPresent())) {
      tables.add(s.specialised());
    }
    if (run.analyses().findAny().isPresent()) {
      tables.addAll(List.of(s.frequencies(), s.signs(), s.geometry()));
    }
    if (run.analyses().anyMatch(a -> a.labelled() != null && a.labelled().planted() != null)) {
      tables.add(s.planted());
    }
    return Html.section("tables", "Tables", run.synthetic(), String.join("", tables));
  }

  /** The experiment's table, with the sound rule beside the published one. */
  private String headline() {
    return Html.table(
        "The experiment's table with both rules side by side: explained variance in percent, loss,"
            + " latents alive on validation, specialised of those analysed, and the frequencies of"
            + " the window in percent.",
        List.of(
            "K",
            "ev_global",
            "loss",
            "L0",
            "alive",
            "published, window",
            "sound, window",
            "published, all latents",
            "sound, all latents",
            "least frequency",
            "most"),
        run.results().stream()
            .map(
                r -> {
                  Distribution window =
                      r.analysis().map(a -> a.activity().frequencyInWindow()).orElse(null);
                  return List.of(
                      String.valueOf(r.k()),
                      Numbers.percent(r.explainedVariance()),
                      Numbers.decimals(r.loss(), 5),
                      Numbers.decimals(r.l0(), 1),
                      Numbers.count(run.dSae() - r.deadOnValidation()),
                      found(r, Specialised::publishedWindow),
                      found(r, Specialised::soundWindow),
                      found(r, Specialised::published),
                      found(r, Specialised::sound),
                      window == null ? Numbers.UNKNOWN : Numbers.percent(window.min()),
                      window == null ? Numbers.UNKNOWN : Numbers.percent(window.max()));
                })
            .toList());
  }

  private static String found(KResult r, Function<Specialised, ByRule> rule) {
    return r.specialised(rule)
        .filter(f -> f.analysed() > 0)
        .map(f -> Numbers.count(f.count()) + " / " + Numbers.count(f.analysed()))
        .orElse(Numbers.UNKNOWN);
  }

  private String quality() {
    return Html.table(
        "Reconstruction on the validation rows. The four definitions of explained variance are in"
            + " percent; ev_global is the published one.",
        List.of(
            "K",
            "loss",
            "ev_global",
            "ev_per_dimension",
            "ev_r2",
            "ev_mean_of_ratios",
            "L0",
            "dead on validation",
            "dead on training",
            "dead on both"),
        run.results().stream()
            .map(
                r ->
                    List.of(
                        String.valueOf(r.k()),
                        Numbers.decimals(r.loss(), 5),
                        Numbers.percent(r.explainedVariance()),
                        Numbers.percent(r.evPerDimension()),
                        Numbers.percent(r.evR2()),
                        Numbers.percent(r.evMeanOfRatios()),
                        Numbers.decimals(r.l0(), 1),
                        Numbers.count(r.deadOnValidation()),
                        Numbers.count(r.deadOnTrain()),
                        Numbers.count(r.deadOnBoth())))
            .toList());
  }

  private String specialised() {
    List<List<String>> rows = new ArrayList<>();
    for (KResult r : run.results()) {
      rule(rows, r, "sound", Specialised::sound);
      rule(rows, r, "published", Specialised::published);
      rule(rows, r, "sound, window", Specialised::soundWindow);
      rule(rows, r, "published, window", Specialised::publishedWindow);
    }
    return Html.table(
        "Specialised latents by both rules, and how many each finds where the labels are dealt out"
            + " anew. p: how often that is at least as many.",
        List.of(
            "K",
            "rule",
            "specialised",
            "of latents analysed",
            "chance: mean",
            "95th percentile",
            "most",
            "p"),
        rows);
  }

  private static void rule(
      List<List<String>> rows, KResult r, String name, Function<Specialised, ByRule> rule) {
    r.specialised(rule)
        .ifPresent(
            found -> {
              ChanceLevel chance = found.chance();
              rows.add(
                  List.of(
                      String.valueOf(r.k()),
                      name,
                      Numbers.count(found.count()),
                      Numbers.count(found.analysed()),
                      chance == null ? Numbers.UNKNOWN : Numbers.decimals(chance.mean(), 2),
                      chance == null ? Numbers.UNKNOWN : Numbers.count(chance.percentile95()),
                      chance == null ? Numbers.UNKNOWN : Numbers.count(chance.max()),
                      chance == null ? Numbers.UNKNOWN : Numbers.decimals(chance.p(), 4)));
            });
  }

  private String frequencies() {
    return distributions(
        "How often latents are active, in percent of the rows: all latents, and the active ones of"
            + " the window.",
        List.of("all latents", "window"),
        (a, i) -> i == 0 ? a.activity().frequency() : a.activity().frequencyInWindow(),
        Numbers::percent);
  }

  private String geometry() {
    return distributions(
        "Lengths and angles of the weights.",
        List.of(
            "decoder norm",
            "encoder norm",
            "cosine of encoder and decoder",
            "|cosine| with the nearest latent"),
        (a, i) ->
            switch (i) {
              case 0 -> a.geometry().decoderNorm();
              case 1 -> a.geometry().encoderNorm();
              case 2 -> a.geometry().encoderDecoderCosine();
              default -> a.geometry().nearestAbsCosine();
            },
        v -> Numbers.decimals(v, 4));
  }

  private String distributions(
      String caption,
      List<String> names,
      BiFunction<DictionaryAnalysis, Integer, Distribution> figure,
      Function<Double, String> format) {
    List<List<String>> rows = new ArrayList<>();
    run.analyses()
        .forEach(
            a -> {
              for (int i = 0; i < names.size(); i++) {
                Distribution d = figure.apply(a, i);
                if (d != null) {
                  rows.add(
                      List.of(
                          String.valueOf(a.k()),
                          names.get(i),
                          Numbers.count(d.count()),
                          format.apply(d.min()),
                          format.apply(d.lowerQuartile()),
                          format.apply(d.median()),
                          format.apply(d.upperQuartile()),
                          format.apply(d.max())));
                }
              }
            });
    return Html.table(
        caption,
        List.of("K", "", "latents", "least", "lower quartile", "median", "upper quartile", "most"),
        rows);
  }

  private String signs() {
    return Html.table(
        "The signs of the activations.",
        List.of("K", "always positive", "always negative", "both signs", "positive activations %"),
        run.analyses()
            .map(
                a ->
                    List.of(
                        String.valueOf(a.k()),
                        Numbers.count(a.activity().signBalance().alwaysPositive()),
                        Numbers.count(a.activity().signBalance().alwaysNegative()),
                        Numbers.count(a.activity().signBalance().mixed()),
                        Numbers.percent(a.activity().signBalance().positiveShare())))
            .toList());
  }

  private String planted() {
    List<List<String>> rows = new ArrayList<>();
    run.analyses()
        .filter(a -> a.labelled() != null && a.labelled().planted() != null)
        .forEach(
            a -> {
              score(rows, a, "sound", a.labelled().planted().sound());
              score(rows, a, "published", a.labelled().planted().published());
            });
    return Html.table(
        "The rules against the planted truth. A claim is right if the latent carries a direction of"
            + " the concept it is named for.",
        List.of(
            "K",
            "rule",
            "planted directions",
            "recovered by a latent",
            "claims",
            "right",
            "precision",
            "labelled directions",
            "found",
            "recall"),
        rows);
  }

  private static void score(
      List<List<String>> rows, DictionaryAnalysis a, String rule, RuleScore score) {
    if (score != null) {
      rows.add(
          List.of(
              String.valueOf(a.k()),
              rule,
              Numbers.count(a.labelled().planted().recovery().planted()),
              Numbers.count(a.labelled().planted().recovery().recovered()),
              Numbers.count(score.claims()),
              Numbers.count(score.named()),
              Numbers.decimals(score.precision(), 3),
              Numbers.count(score.labelled()),
              Numbers.count(score.found()),
              Numbers.decimals(score.recall(), 3)));
    }
  }
}
