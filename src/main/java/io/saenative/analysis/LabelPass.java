package io.saenative.analysis;

import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Control;
import io.saenative.analysis.DictionaryAnalysis.Labelled;
import io.saenative.analysis.DictionaryAnalysis.Sae;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.SaeAnalysis.ExperimentFiles;
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
import io.saenative.analysis.sound.Association;
import io.saenative.analysis.sound.ConceptCounts;
import io.saenative.analysis.sound.Concepts;
import io.saenative.analysis.sound.SoundRule;
import io.saenative.analysis.sound.SoundRule.LatentConcepts;
import io.saenative.data.Activations;
import io.saenative.data.Activations.Label;
import io.saenative.data.synthetic.PlantedTruth;
import io.saenative.tensor.Tensor;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What labels add to an analysis: counts along the pass over the rows, then both rules. */
final class LabelPass {
  private final List<Label> labels;
  private final boolean synthetic;
  private final AnalysisRequest request;
  private final Concepts concepts;
  private final ConceptCounts counts;
  private final Optional<StoredCodes> codes;

  /**
   * @param rows those that will pass, with labels
   */
  LabelPass(Activations rows, AnalysisRequest request) {
    labels = rows.labels();
    synthetic = rows.source().synthetic();
    this.request = request;
    int dSae = request.sae().dSae();
    concepts =
        Concepts.of(labels, request.criteria().minSupport(), ConceptCounts.mostConcepts(dSae));
    counts = new ConceptCounts(dSae, concepts);
    codes =
        request.permutations() == 0
            ? Optional.empty()
            : Optional.of(
                new StoredCodes(dSae, labels.size(), PermutationControl.MAX_ROWS, request.seed()));
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
    TopTexts texts = new TopTexts(statistics, labels);
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
    return new Setting(Optional.ofNullable(sae.site()), synthetic, sae.k(), window, date);
  }

  private Specialised specialised(
      LatentStatistics statistics, SoundRule sound, PublishedAnalysis published) {
    Optional<PermutationControl> control =
        codes.map(
            c ->
                PermutationControl.of(
                    c,
                    labels,
                    concepts,
                    request.criteria(),
                    request.window(),
                    request.permutations(),
                    request.seed()));
    Set<Integer> all = IntStream.range(0, statistics.dSae()).boxed().collect(Collectors.toSet());
    Set<Integer> window =
        request.window().of(statistics.ranking()).boxed().collect(Collectors.toSet());
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
        control.map(c -> new Control(c.permutations(), c.seed(), c.rows())).orElse(null));
  }

  private static List<Integer> latents(List<Feature> features) {
    return features.stream().map(Feature::featureId).sorted().toList();
  }

  private static ByRule byRule(
      Set<Integer> view,
      List<Integer> specialised,
      List<Integer> analysed,
      Optional<ChanceLevel> chance) {
    List<Integer> latents = specialised.stream().filter(view::contains).toList();
    int asked = (int) analysed.stream().filter(view::contains).count();
    return new ByRule(latents.size(), asked, latents, asked == 0 ? null : chance.orElse(null));
  }

  private static Map<Integer, List<Association>> associations(SoundRule sound) {
    return sound.latents().stream()
        .collect(
            Collectors.groupingBy(
                l -> l.unit().latent(),
                Collectors.collectingAndThen(Collectors.toList(), LabelPass::bestFirst)));
  }

  /**
   * @param parts the latent as a whole, or its halves by sign
   */
  private static List<Association> bestFirst(List<LatentConcepts> parts) {
    return parts.stream()
        .flatMap(part -> part.associations().stream())
        .sorted(
            Comparator.comparing((Association a) -> !a.specialised())
                .thenComparingDouble(Association::p))
        .limit(SoundRule.ASSOCIATIONS)
        .toList();
  }
}
