package io.saenative.analysis;

import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis.Latent;
import io.saenative.analysis.DictionaryAnalysis.MadeBy;
import io.saenative.analysis.DictionaryAnalysis.Quality;
import io.saenative.analysis.DictionaryAnalysis.Sae;
import io.saenative.analysis.DictionaryAnalysis.TopRow;
import io.saenative.analysis.LabelPass.Findings;
import io.saenative.analysis.latents.Activity;
import io.saenative.analysis.latents.Activity.DeadLatents;
import io.saenative.analysis.latents.Activity.LatentActivity;
import io.saenative.analysis.latents.DictionaryGeometry;
import io.saenative.analysis.latents.DictionaryGeometry.LatentGeometry;
import io.saenative.analysis.latents.EncodingPass;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.latents.TopRows;
import io.saenative.analysis.published.FeatureLabels;
import io.saenative.analysis.published.PublishedAnalysis;
import io.saenative.analysis.published.TopTexts;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.data.Activations;
import io.saenative.data.synthetic.PlantedTruth;
import io.saenative.sae.Dataset;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The whole analysis of one SAE: what is always measured, and what labels add.
 *
 * @param experimentFiles the content of the experiment's own files; empty if the rows have no
 *     chains of thought
 */
public record SaeAnalysis(
    DictionaryAnalysis dictionary, Optional<ExperimentFiles> experimentFiles) {
  private static final int NEIGHBOURS = 5;

  /**
   * What is to be analysed, and how.
   *
   * @param criteria of the sound rule
   * @param window a view for the published tables; the whole dictionary is analysed
   * @param permutations of the labels for the chance levels; 0 leaves these out
   * @param seed of the permutations
   */
  public record Request(
      Sae sae, MadeBy madeBy, Criteria criteria, RankWindow window, int permutations, long seed) {}

  /** The experiment's analysis of the window, and its taxonomy. */
  public record ExperimentFiles(PublishedAnalysis published, FeatureLabels featureLabels) {}

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
      AnalysedData data,
      Dataset validation,
      @Nullable Dataset train,
      Request request) {
    Activations rows = data.validation();
    session.setData(Split.VALIDATION, validation);
    Evaluation evaluation = session.evaluate(Split.VALIDATION);
    LatentStatistics statistics = new LatentStatistics(evaluation.firingCount());
    Optional<LabelPass> labels =
        rows.labels().isEmpty() ? Optional.empty() : Optional.of(new LabelPass(rows, request));
    List<EncodingPass.Consumer> consumers = new ArrayList<>(List.of(statistics));
    labels.ifPresent(l -> consumers.addAll(l.consumers()));
    EncodingPass.run(session, validation, consumers);
    Parameters parameters = session.state(State.PARAMETERS);
    Optional<Findings> findings =
        labels.map(l -> l.findings(statistics, data.truth(), parameters.wDec()));
    DictionaryAnalysis dictionary =
        new DictionaryAnalysis(
            DictionaryAnalysis.FORMAT,
            request.sae(),
            request.madeBy(),
            new DictionaryAnalysis.Data(
                rows.rows(), rows.source(), data.train() == null ? null : data.train().source()),
            Quality.of(evaluation),
            Activity.of(
                statistics,
                request.window(),
                DeadLatents.of(
                    train == null ? null : EncodingPass.firingCounts(session, train),
                    evaluation.firingCount())),
            findings.map(Findings::labelled).orElse(null),
            latents(statistics, DictionaryGeometry.latents(parameters, NEIGHBOURS), findings));
    return new SaeAnalysis(dictionary, findings.map(Findings::experimentFiles));
  }

  /** Refuses a dictionary of which no analysis can be done. */
  public static void requireAnalysable(SaeConfig sae) {
    if (sae.dSae() < 2) {
      throw new UserError(
          "a dictionary of one latent has no neighbours and cannot be analysed: it needs two"
              + " latents at least");
    }
  }

  private static List<Latent> latents(
      LatentStatistics statistics, List<LatentGeometry> geometry, Optional<Findings> findings) {
    List<LatentActivity> activity = statistics.activities();
    return IntStream.range(0, activity.size())
        .mapToObj(
            latent ->
                new Latent(
                    latent,
                    activity.get(latent),
                    geometry.get(latent),
                    findings.map(f -> f.published().get(latent)).orElse(null),
                    findings.map(f -> f.sound().get(latent)).orElse(List.of()),
                    statistics.topRows(latent).stream()
                        .limit(TopTexts.SHOWN)
                        .map(e -> topRow(e, findings.map(Findings::texts)))
                        .toList()))
        .toList();
  }

  private static TopRow topRow(TopRows.Entry entry, Optional<TopTexts> texts) {
    int row = entry.row();
    return new TopRow(
        row,
        texts.map(t -> t.problemId(row)).orElse(null),
        texts.map(t -> t.text(row)).orElse(null),
        entry.value());
  }

  /**
   * The rows of an analysis, as the SAE sees them.
   *
   * @param validation the rows analysed
   * @param train where latents may be dead too; null if not at hand
   * @param truth what was planted in them; null unless they are the synthetic set
   */
  public record AnalysedData(
      Activations validation, @Nullable Activations train, @Nullable PlantedTruth truth) {}
}
