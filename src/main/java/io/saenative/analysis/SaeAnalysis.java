package io.saenative.analysis;

import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis.Dead;
import io.saenative.analysis.DictionaryAnalysis.Geometry;
import io.saenative.analysis.DictionaryAnalysis.Latent;
import io.saenative.analysis.DictionaryAnalysis.PlantedScore;
import io.saenative.analysis.DictionaryAnalysis.PublishedType;
import io.saenative.analysis.DictionaryAnalysis.Quality;
import io.saenative.analysis.DictionaryAnalysis.SoundAssociation;
import io.saenative.analysis.DictionaryAnalysis.TopRow;
import io.saenative.analysis.latents.ActivityProfile;
import io.saenative.analysis.latents.DeadLatents;
import io.saenative.analysis.latents.DictionaryGeometry;
import io.saenative.analysis.latents.DictionaryGeometry.LatentGeometry;
import io.saenative.analysis.latents.EncodingPass;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.Sign;
import io.saenative.analysis.latents.TopRows;
import io.saenative.analysis.published.FeatureLabels;
import io.saenative.analysis.published.PublishedAnalysis;
import io.saenative.analysis.published.TopTexts;
import io.saenative.data.Activations;
import io.saenative.data.Site;
import io.saenative.data.synthetic.PlantedTruth;
import io.saenative.sae.Dataset;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The whole analysis of one SAE.
 *
 * @param published the content of the experiment's own analysis file; null if the rows have no
 *     chains of thought
 * @param featureLabels the content of its taxonomy; null if the rows have no chains of thought
 */
public record SaeAnalysis(
    DictionaryAnalysis dictionary, PublishedAnalysis published, FeatureLabels featureLabels) {
  private static final int NEIGHBOURS = 5;

  /**
   * Analyses. Beyond the rows themselves, memory is bounded by the size of the dictionary.
   *
   * @param session holds the SAE's parameters
   * @param validation the rows analysed, loaded by the session's engine
   * @param train likewise; null where {@code data} has none
   * @throws UserError if the dictionary is too small or too large for it
   */
  public static SaeAnalysis of(
      Session session,
      SaeConfig sae,
      AnalysedData data,
      Dataset validation,
      Dataset train,
      AnalysisRequest request) {
    requireAnalysable(sae);
    Activations rows = data.validation();
    LatentStatistics statistics = new LatentStatistics(sae.dSae());
    BothRules rules = null;
    if (rows.labels().isEmpty()) {
      EncodingPass.run(session, validation, List.of(statistics));
    } else {
      rules = BothRules.of(session, sae, rows, validation, statistics, request);
    }
    session.setData(Split.VALIDATION, validation);
    Parameters parameters = session.state(State.PARAMETERS);
    DictionaryGeometry geometry = DictionaryGeometry.of(parameters, NEIGHBOURS);
    DictionaryAnalysis dictionary =
        new DictionaryAnalysis(
            DictionaryAnalysis.FORMAT,
            request.checkpoint(),
            request.site().map(Site::layer).orElse(null),
            request.site().map(Site::position).orElse(null),
            sae.k(),
            sae.dIn(),
            sae.dSae(),
            rows.rows(),
            request.programVersion(),
            request.backend(),
            request.trainedBeside(),
            rows.source(),
            data.train() == null ? null : data.train().source(),
            request.date().toString(),
            request.criteria(),
            request.window(),
            quality(session.evaluate(Split.VALIDATION)),
            ActivityProfile.of(statistics, request.window()),
            dead(session, train, statistics),
            new Geometry(
                geometry.decoderNorm(),
                geometry.encoderNorm(),
                geometry.encoderDecoderCosine(),
                geometry.nearestAbsCosine()),
            rules == null ? List.of() : rules.conceptSupports(),
            rules == null ? 0 : rules.concepts().leftOut(),
            rules == null ? null : rules.concepts().parseReport(),
            rules == null ? null : rules.specialised(),
            data.truth() == null ? null : planted(data.truth(), parameters.wDec(), rules),
            latents(statistics, geometry, rules));
    return rules == null
        ? new SaeAnalysis(dictionary, null, null)
        : new SaeAnalysis(dictionary, rules.publishedWindow(), rules.featureLabels());
  }

  /**
   * @throws UserError if no analysis can be done of such a dictionary
   */
  public static void requireAnalysable(SaeConfig sae) {
    if (sae.dSae() < 2) {
      throw new UserError(
          "a dictionary of one latent has no neighbours and cannot be analysed: it needs two"
              + " latents at least");
    }
  }

  private static Quality quality(Evaluation e) {
    return new Quality(
        finite(e.loss()),
        finite(e.evGlobal()),
        finite(e.evPerDimension()),
        finite(e.evR2()),
        finite(e.evMeanOfRatios()),
        finite(e.l0()),
        finite(e.meanActivation()),
        finite(e.xVariance()));
  }

  private static Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private static Dead dead(Session session, Dataset train, LatentStatistics validation) {
    if (train == null) {
      return new Dead(null, DeadLatents.of(validation, validation).onValidation(), null);
    }
    LatentStatistics onTrain = LatentStatistics.withoutTopRows(validation.dSae());
    EncodingPass.run(session, train, List.of(onTrain));
    DeadLatents dead = DeadLatents.of(onTrain, validation);
    return new Dead(dead.onTrain(), dead.onValidation(), dead.onBoth());
  }

  private static PlantedScore planted(PlantedTruth truth, Tensor wDec, BothRules rules) {
    return new PlantedScore(
        PlantedRecovery.of(truth, wDec),
        rules == null ? null : RuleScore.of(Claims.of(rules.sound()), truth, wDec),
        rules == null ? null : RuleScore.of(Claims.of(rules.published()), truth, wDec));
  }

  private static List<Latent> latents(
      LatentStatistics statistics, DictionaryGeometry geometry, BothRules rules) {
    Map<Integer, PublishedType> published = rules == null ? Map.of() : rules.publishedTypes();
    Map<Integer, List<SoundAssociation>> sound =
        rules == null ? Map.of() : rules.soundAssociations();
    int[] ranking = statistics.ranking();
    int[] rankOf = new int[ranking.length];
    for (int i = 0; i < ranking.length; i++) {
      rankOf[ranking[i]] = i + 1;
    }
    return IntStream.range(0, ranking.length)
        .mapToObj(
            latent -> {
              LatentGeometry g = geometry.latents().get(latent);
              return new Latent(
                  latent,
                  rankOf[latent],
                  statistics.firingCount(latent),
                  statistics.frequency(latent),
                  statistics.firingCount(latent, Sign.POSITIVE),
                  statistics.firingCount(latent, Sign.NEGATIVE),
                  statistics.meanMagnitude(latent),
                  published.get(latent),
                  sound.getOrDefault(latent, List.of()),
                  g.encoderNorm(),
                  g.decoderNorm(),
                  g.encoderDecoderCosine(),
                  g.nearest(),
                  statistics.topRows(latent).stream()
                      .limit(TopTexts.SHOWN)
                      .map(e -> topRow(e, rules))
                      .toList());
            })
        .toList();
  }

  private static TopRow topRow(TopRows.Entry entry, BothRules rules) {
    return new TopRow(
        entry.row(),
        rules == null ? null : rules.texts().problemId(entry.row()),
        rules == null ? null : rules.texts().text(entry.row()),
        entry.value());
  }
}
