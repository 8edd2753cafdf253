package io.saenative.analysis;

import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.ConceptSupport;
import io.saenative.analysis.DictionaryAnalysis.Control;
import io.saenative.analysis.DictionaryAnalysis.PublishedType;
import io.saenative.analysis.DictionaryAnalysis.SoundAssociation;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.control.ChanceLevel;
import io.saenative.analysis.control.PermutationControl;
import io.saenative.analysis.control.StoredCodes;
import io.saenative.analysis.latents.EncodingPass;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.latents.Sign;
import io.saenative.analysis.published.FeatureLabels;
import io.saenative.analysis.published.PublishedAnalysis;
import io.saenative.analysis.published.PublishedAnalysis.Feature;
import io.saenative.analysis.published.PublishedAnalysis.Setting;
import io.saenative.analysis.published.TopTexts;
import io.saenative.analysis.sound.Association;
import io.saenative.analysis.sound.ConceptAnalysis;
import io.saenative.analysis.sound.ConceptAnalysis.LatentConcepts;
import io.saenative.analysis.sound.ConceptCounts;
import io.saenative.analysis.sound.Concepts;
import io.saenative.data.Activations;
import io.saenative.data.Activations.Label;
import io.saenative.sae.Dataset;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the two rules say of a dictionary on labelled rows.
 *
 * @param published of the whole dictionary
 * @param publishedWindow of the window, as the experiment's file has it
 * @param control null if not asked for
 */
record BothRules(
    LatentStatistics statistics,
    RankWindow window,
    Concepts concepts,
    ConceptAnalysis sound,
    PublishedAnalysis published,
    PublishedAnalysis publishedWindow,
    FeatureLabels featureLabels,
    TopTexts texts,
    PermutationControl control) {

  /** Passes over the rows, filling {@code statistics}. */
  static BothRules of(
      Session session,
      SaeConfig sae,
      Activations rows,
      Dataset onEngine,
      LatentStatistics statistics,
      AnalysisRequest request) {
    List<Label> labels = rows.labels();
    Concepts concepts =
        Concepts.of(
            labels, request.criteria().minSupport(), ConceptCounts.mostConcepts(sae.dSae()));
    ConceptCounts counts = new ConceptCounts(sae.dSae(), concepts);
    StoredCodes codes =
        request.permutations() == 0
            ? null
            : new StoredCodes(sae.dSae(), rows.rows(), PermutationControl.MAX_ROWS, request.seed());
    EncodingPass.run(
        session, onEngine, Stream.of(statistics, counts, codes).filter(c -> c != null).toList());
    TopTexts texts = new TopTexts(statistics, labels);
    Setting setting = setting(sae, request, request.window());
    PublishedAnalysis published =
        PublishedAnalysis.of(
            statistics, texts, setting(sae, request, new RankWindow(1, sae.dSae())));
    return new BothRules(
        statistics,
        request.window(),
        concepts,
        ConceptAnalysis.of(statistics, counts, request.criteria()),
        published,
        published.window(sae.dSae(), setting),
        FeatureLabels.of(statistics, texts, setting),
        texts,
        codes == null
            ? null
            : PermutationControl.of(
                codes,
                labels,
                concepts,
                request.criteria(),
                request.window(),
                request.permutations(),
                request.seed()));
  }

  static Setting setting(SaeConfig sae, AnalysisRequest request, RankWindow window) {
    return new Setting(request.site(), sae.k(), window, request.date());
  }

  List<ConceptSupport> conceptSupports() {
    return IntStream.range(0, concepts.vocabulary().size())
        .mapToObj(
            id -> {
              var concept = concepts.vocabulary().get(id);
              int support = concepts.support(id);
              return new ConceptSupport(
                  concept.kind(), concept.name(), support, (double) support / concepts.rows());
            })
        .toList();
  }

  Specialised specialised() {
    BitSet tested = latents(sound.latents().stream().map(l -> l.unit().latent()).toList());
    BitSet active = latents(published.allFeatures().stream().map(Feature::featureId).toList());
    BitSet bySound = latents(Arrays.stream(sound.specialisedLatents()).boxed().toList());
    BitSet byPublished =
        latents(published.specializedFeatures().stream().map(Feature::featureId).toList());
    return new Specialised(
        byRule(bySound, tested, chance(PermutationControl::sound)),
        byRule(inWindow(bySound), inWindow(tested), chance(PermutationControl::soundInWindow)),
        byRule(byPublished, active, chance(PermutationControl::published)),
        byRule(
            inWindow(byPublished), inWindow(active), chance(PermutationControl::publishedInWindow)),
        control == null
            ? null
            : new Control(control.permutations(), control.seed(), control.rows()));
  }

  private static ByRule byRule(BitSet specialised, BitSet analysed, ChanceLevel chance) {
    return new ByRule(
        specialised.cardinality(),
        analysed.cardinality(),
        specialised.stream().boxed().toList(),
        chance);
  }

  private ChanceLevel chance(Function<PermutationControl, ChanceLevel> level) {
    return control == null ? null : level.apply(control);
  }

  private BitSet inWindow(BitSet latents) {
    int[] ranking = statistics.ranking();
    BitSet in = new BitSet();
    for (int rank = window.start(); rank <= Math.min(window.end(), ranking.length); rank++) {
      in.set(ranking[rank - 1], latents.get(ranking[rank - 1]));
    }
    return in;
  }

  private static BitSet latents(List<Integer> latents) {
    BitSet set = new BitSet();
    latents.forEach(set::set);
    return set;
  }

  /** By latent; latents that are active on no row are missing. */
  Map<Integer, PublishedType> publishedTypes() {
    return published.allFeatures().stream()
        .collect(
            Collectors.toMap(
                Feature::featureId,
                f ->
                    new PublishedType(
                        f.specialization().type().toString(), f.specialization().description())));
  }

  /** By latent; latents that were not tested are missing. */
  Map<Integer, List<SoundAssociation>> soundAssociations() {
    Map<Integer, List<LatentConcepts>> byLatent =
        sound.latents().stream().collect(Collectors.groupingBy(l -> l.unit().latent()));
    return byLatent.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> bestFirst(entry.getValue())));
  }

  /**
   * @param parts the latent as a whole, or its halves by sign
   */
  private static List<SoundAssociation> bestFirst(List<LatentConcepts> parts) {
    List<SoundAssociation> all = new ArrayList<>();
    for (LatentConcepts part : parts) {
      Stream.concat(
              Stream.ofNullable(part.best()),
              part.associations().stream().filter(a -> !a.equals(part.best())))
          .map(a -> soundAssociation(part.unit().sign(), a, a.equals(part.best())))
          .forEach(all::add);
    }
    return all.stream()
        .sorted(
            Comparator.comparing((SoundAssociation a) -> !a.specialised())
                .thenComparing(SoundAssociation::p))
        .limit(ConceptAnalysis.ASSOCIATIONS)
        .toList();
  }

  private static SoundAssociation soundAssociation(Sign sign, Association a, boolean specialised) {
    return new SoundAssociation(
        sign,
        a.concept().name(),
        a.concept().kind(),
        a.support(),
        a.activeRows(),
        a.precision(),
        a.precisionInterval().low(),
        a.precisionInterval().high(),
        a.recall(),
        a.baseRate(),
        a.lift(),
        a.oddsRatio(),
        a.oddsRatioInterval().low(),
        a.oddsRatioInterval().high(),
        a.p(),
        a.q(),
        specialised);
  }
}
