package io.saenative.analysis;

import io.saenative.analysis.control.ChanceLevel;
import io.saenative.analysis.latents.ActivityProfile;
import io.saenative.analysis.latents.DictionaryGeometry.Neighbour;
import io.saenative.analysis.latents.Distribution;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.latents.Sign;
import io.saenative.analysis.sound.Concept;
import io.saenative.analysis.sound.Criteria;
import io.saenative.analysis.sound.ParseReport;
import io.saenative.data.Activations.Source;
import io.saenative.data.Site;
import java.util.List;
import java.util.Optional;

/**
 * Everything that is known of one SAE on one set of rows: the content of {@code
 * analysis_layer14_pos3_k300.json}, whose keys are these names in snake case. {@link AnalysisFile}
 * reads and writes it; docs/file-formats.md shows it.
 *
 * @param format {@value AnalysisFile#FORMAT}
 * @param checkpoint the file that holds the SAE, as it was named to the program
 * @param rows rows analysed: the validation rows
 * @param backend what the codes were computed on
 * @param trainedBeside the validation rows of the training, null if the checkpoint does not tell
 * @param data the rows analysed
 * @param trainData the training rows, null if they were not given
 * @param date of the analysis, as 2026-01-31
 * @param criteria of the sound rule
 * @param evaluation on the rows analysed
 * @param dead latents active on no row, by set
 * @param concepts those tested, kind by kind, the most frequent first; empty if the rows have no
 *     chains of thought
 * @param conceptsLeftOut number of concepts that hold on enough rows but are not tested, since with
 *     so many latents only the most frequent can be
 * @param parseReport null if the rows have no chains of thought
 * @param specialised null if the rows have no chains of thought
 * @param planted null if the data's truth is not known
 * @param latents all, ascending
 */
public record DictionaryAnalysis(
    String format,
    String checkpoint,
    Integer layer,
    Integer position,
    int k,
    int dIn,
    int dSae,
    int rows,
    String programVersion,
    String backend,
    Source trainedBeside,
    Source data,
    Source trainData,
    String date,
    Criteria criteria,
    RankWindow window,
    Quality evaluation,
    ActivityProfile activity,
    Dead dead,
    Geometry geometry,
    List<ConceptSupport> concepts,
    int conceptsLeftOut,
    ParseReport parseReport,
    Specialised specialised,
    PlantedScore planted,
    List<Latent> latents) {
  public static final String FORMAT = "sae-native analysis 1";

  /** Where in the model the rows were recorded; empty where they do not tell. */
  public Optional<Site> site() {
    return layer == null || position == null
        ? Optional.empty()
        : Optional.of(new Site(layer, position));
  }

  /** Whether any step could be parsed, so that latents could be tested for concepts. */
  public boolean testable() {
    return specialised != null;
  }

  /**
   * Reconstruction and sparsity, defined in {@link io.saenative.sae.Evaluation}; a figure that is
   * undefined is null.
   */
  public record Quality(
      Double loss,
      Double evGlobal,
      Double evPerDimension,
      Double evR2,
      Double evMeanOfRatios,
      Double l0,
      Double meanActivation,
      Double xVariance) {}

  /**
   * Latents active on no row of a set, ascending; those of train and both are null if no training
   * rows were given.
   */
  public record Dead(List<Integer> train, List<Integer> validation, List<Integer> both) {}

  /** {@link io.saenative.analysis.latents.DictionaryGeometry} in brief. */
  public record Geometry(
      Distribution decoderNorm,
      Distribution encoderNorm,
      Distribution encoderDecoderCosine,
      Distribution nearestAbsCosine) {}

  /** A concept and on how many of the rows it holds. */
  public record ConceptSupport(Concept.Kind kind, String name, int support, double baseRate) {}

  /**
   * What each rule calls specialised.
   *
   * @param sound over the whole dictionary
   * @param soundWindow of the window's latents
   * @param published over the whole dictionary
   * @param publishedWindow of the window's latents, as the published tables have it
   * @param control how the chance levels were found; null if they were not
   */
  public record Specialised(
      ByRule sound,
      ByRule soundWindow,
      ByRule published,
      ByRule publishedWindow,
      Control control) {}

  /**
   * What one rule calls specialised.
   *
   * @param count number of specialised latents
   * @param analysed latents that the rule was asked about: those active at all, and for the sound
   *     rule often enough
   * @param latents the specialised ones, ascending
   * @param chance the count where labels are dealt out anew; null if it was not asked for
   */
  public record ByRule(int count, int analysed, List<Integer> latents, ChanceLevel chance) {}

  /**
   * The permutation control.
   *
   * @param rows rows it was done on: all, or a sample of them where they are very many
   */
  public record Control(int permutations, long seed, int rows) {}

  /**
   * How well the planted directions are recovered, and the rules against the truth; scores are null
   * without specialised.
   */
  public record PlantedScore(PlantedRecovery recovery, RuleScore sound, RuleScore published) {}

  /**
   * One latent.
   *
   * @param rank by frequency, from 1
   * @param count rows on which it is active
   * @param frequency count / rows
   * @param positive rows on which its value is above 0
   * @param negative rows on which its value is below 0
   * @param meanMagnitude mean |value| over all rows, active or not
   * @param published what the published rule calls it; null if it is active on no row or the rows
   *     have no chains of thought
   * @param sound its concepts, the one it is specialised for first, then by p
   * @param neighbours the nearest latents by |cosine| of the decoder directions
   * @param topRows the rows of the largest |value|
   */
  public record Latent(
      int latent,
      int rank,
      int count,
      double frequency,
      int positive,
      int negative,
      double meanMagnitude,
      PublishedType published,
      List<SoundAssociation> sound,
      double encoderNorm,
      double decoderNorm,
      double encoderDecoderCosine,
      List<Neighbour> neighbours,
      List<TopRow> topRows) {}

  /**
   * The published rule's word for a latent, such as {@code value-specialized} and {@code number
   * 12}.
   */
  public record PublishedType(String type, String description) {}

  /**
   * How a latent, or one sign of it, and a concept go together; terms as in {@link
   * io.saenative.analysis.sound.Association}, intervals of 95 %.
   *
   * @param sign positive or negative if the latent is split by sign
   * @param support rows on which the latent is active and the concept holds
   * @param active rows on which the latent is active
   * @param specialised whether this is the concept that the latent (with this sign) is specialised
   *     for
   */
  public record SoundAssociation(
      Sign sign,
      String concept,
      Concept.Kind kind,
      int support,
      int active,
      double precision,
      double precisionLow,
      double precisionHigh,
      double recall,
      double baseRate,
      double lift,
      double oddsRatio,
      double oddsLow,
      double oddsHigh,
      double p,
      double q,
      boolean specialised) {}

  /**
   * A row that a latent is active on.
   *
   * @param row its number in the set, from 0
   * @param problemId null if the rows have no labels
   * @param cot its steps joined with " | ", null if the rows have no labels
   * @param activation the signed value
   */
  public record TopRow(int row, String problemId, String cot, double activation) {}
}
