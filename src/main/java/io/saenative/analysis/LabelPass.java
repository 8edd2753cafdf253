package io.saenative.analysis;

import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Control;
import io.saenative.analysis.DictionaryAnalysis.Labelled;
import io.saenative.analysis.DictionaryAnalysis.Sae;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.SaeAnalysis.ExperimentFiles;
import io.saenative.analysis.SaeAnalysis.Request;
import io.saenative.analysis.control.PermutationControl;
import io.saenative.analysis.control.PermutationControl.ChanceLevel;
import io.saenative.analysis.control.StoredCodes;
import io.saenative.analysis.latents.EncodingPass;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.FeatureLabels;
import io.saenative.analysis.published.PublishedAnalysis;
import io.saenative.analysis.published.PublishedAnalysis.Feature;
import io.saenative.analysis.published.PublishedAnalysis.Setting;
import io.saenative.analysis.published.PublishedRule.Specialization;
import io.saenative.analysis.published.TopTexts;
import io.saenative.analysis.sound.ConceptCounts;
import io.saenative.analysis.sound.Concepts;
import io.saenative.analysis.sound.SoundRule;
import io.saenative.analysis.sound.SoundRule.Association;
import io.saenative.analysis.sound.SoundRule.LatentConcepts;
import io.saenative.data.Activations;
import io.saenative.data.synthetic.PlantedTruth;
import io.saenative.tensor.Tensor;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What labels add to an analysis: counts along the pass over the rows, then both rules. */
final class LabelPass {
  private final Activations rows;
  private final Request request;
  private final Concepts concepts;
  private final ConceptCounts counts;
  private final Optional<StoredCodes> codes;

  /** For {@code rows} that will pass, with labels. */
  LabelPass(Activations rows, Request request) {
    this.rows = rows;
    this.request = request;
    int dSae = request.sae().dSae();
    int minSupport = request.criteria().minSupport();
    concepts = Concepts.of(rows.labels(), minSupport, ConceptCounts.mostConcepts(dSae));
    counts = new ConceptCounts(dSae, concepts);
    codes =
        request.permutations() == 0
            ? Optional.empty()
            : Optional.of(
                new StoredCodes(dSae, rows.rows(), PermutationControl.MAX_ROWS, request.seed()));
  }

  /** To be fed with the codes of all rows. */
  List<EncodingPass.Consumer> consumers() {
    return Stream.concat(Stream.of(counts), codes.stream()).toList();
  }

  /**
   * What both rules say.
   *
   * @param published by latent; those active on no row are missing
   * @param sound by latent, best first; those that were not tested are missing
   * @param texts of the latents' top rows
   */
  record Findings(
      Labelled labelled,
      ExperimentFiles experimentFiles,
      Map<Integer, Specialization> published,
      Map<Integer, List<Association>> sound,
      TopTexts texts) {}

  /**
   * Asks both rules, when all rows have passed.
   *
   * @param statistics of the same rows
   * @param truth what was planted in the rows; null if not known
   * @param wDec [d_sae, d_in]
   */
  Findings findings(LatentStatistics statistics, @Nullable PlantedTruth truth, Tensor wDec) {
    TopTexts texts = new TopTexts(statistics, rows.labels());
    SoundRule sound = SoundRule.of(statistics, counts, request.criteria());
    PublishedAnalysis published =
        PublishedAnalysis.of(statistics, texts, setting(new RankWindow(1, statistics.dSae())));
    Setting setting = setting(request.window());
    Labelled labelled =
        new Labelled(
            request.criteria(),
            concepts.parseReport(),
            concepts.supports(),
            concepts.leftOut(),
            specialised(statistics, sound, published),
            truth == null ? null : PlantedScore.of(truth, wDec, sound, published));
    return new Findings(
        labelled,
        new ExperimentFiles(
            published.window(statistics.dSae(), setting),
            FeatureLabels.of(statistics, texts, setting)),
        published.allFeatures().stream()
            .collect(Collectors.toMap(Feature::featureId, Feature::specialization)),
        associations(sound),
        texts);
  }

  private Setting setting(RankWindow window) {
    Sae sae = request.sae();
    LocalDate date = LocalDate.parse(request.madeBy().date());
    return new Setting(
        Optional.ofNullable(sae.site()), rows.source().synthetic(), sae.k(), window, date);
  }

  private Specialised specialised(
      LatentStatistics statistics, SoundRule sound, PublishedAnalysis published) {
    Optional<PermutationControl> control =
        codes.map(
            c ->
                PermutationControl.of(
                    c,
                    rows.labels(),
                    concepts,
                    request.criteria(),
                    request.window(),
                    request.permutations(),
                    request.seed()));
    Predicate<Integer> all = latent -> true;
    Predicate<Integer> window =
        request.window().of(statistics.ranking()).boxed().collect(Collectors.toSet())::contains;
    List<Integer> bySound = IntStream.of(sound.specialisedLatents()).boxed().toList();
    List<Integer> tested =
        sound.tests() == 0
            ? List.of()
            : sound.latents().stream().map(l -> l.unit().latent()).distinct().toList();
    List<Integer> byPublished = latents(published.specializedFeatures());
    boolean noText = concepts.parseReport().rowsWithoutSteps() == concepts.rows();
    List<Integer> active = noText ? List.of() : latents(published.allFeatures());
    return new Specialised(
        byRule(all, bySound, tested, control.map(PermutationControl::sound)),
        byRule(window, bySound, tested, control.map(PermutationControl::soundInWindow)),
        byRule(all, byPublished, active, control.map(PermutationControl::published)),
        byRule(window, byPublished, active, control.map(PermutationControl::publishedInWindow)),
        control
            .map(c -> new Control(request.permutations(), request.seed(), c.rows()))
            .orElse(null));
  }

  private static List<Integer> latents(List<Feature> features) {
    return features.stream().map(Feature::featureId).sorted().toList();
  }

  private static ByRule byRule(
      Predicate<Integer> view,
      List<Integer> specialised,
      List<Integer> analysed,
      Optional<ChanceLevel> chance) {
    List<Integer> latents = specialised.stream().filter(view).toList();
    int asked = (int) analysed.stream().filter(view).count();
    return new ByRule(latents.size(), asked, latents, asked == 0 ? null : chance.orElse(null));
  }

  /** Of the latent as a whole, or of both its halves by sign. */
  private static Map<Integer, List<Association>> associations(SoundRule sound) {
    Comparator<Association> bestFirst =
        Comparator.comparing((Association a) -> !a.specialised())
            .thenComparingDouble(Association::p);
    Map<Integer, List<Association>> associations = new HashMap<>();
    for (LatentConcepts part : sound.latents()) {
      associations
          .computeIfAbsent(part.unit().latent(), latent -> new ArrayList<>())
          .addAll(part.associations());
    }
    associations.replaceAll(
        (latent, all) -> all.stream().sorted(bestFirst).limit(SoundRule.ASSOCIATIONS).toList());
    return associations;
  }
}
