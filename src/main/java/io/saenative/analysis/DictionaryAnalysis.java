package io.saenative.analysis;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.saenative.analysis.control.PermutationControl.ChanceLevel;
import io.saenative.analysis.latents.Activity;
import io.saenative.analysis.latents.Activity.LatentActivity;
import io.saenative.analysis.latents.DictionaryGeometry;
import io.saenative.analysis.latents.DictionaryGeometry.LatentGeometry;
import io.saenative.analysis.published.PublishedRule.Specialization;
import io.saenative.analysis.sound.ChainOfThought.ParseReport;
import io.saenative.analysis.sound.Concepts;
import io.saenative.analysis.sound.SoundRule.Association;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.data.Activations.Source;
import io.saenative.data.Site;
import io.saenative.sae.Evaluation;
import io.saenative.sae.SaeConfig;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is known of one SAE on one set of rows: the content of {@code
 * analysis_layer14_pos3_k300.json}, whose keys are these names in snake case; docs/file-formats.md
 * shows it.
 *
 * @param format {@value #FORMAT}
 * @param data the rows analysed
 * @param evaluation on the rows analysed
 * @param labelled what the rows' chains of thought add; null if they have none
 * @param latents all, ascending
 */
public record DictionaryAnalysis(
    String format,
    Sae sae,
    MadeBy madeBy,
    Data data,
    Quality evaluation,
    Activity activity,
    @Nullable Labelled labelled,
    List<Latent> latents) {
  public static final String FORMAT = "sae-native analysis 2";

  /** Selected latents a row. */
  public int k() {
    return sae.k();
  }

  /** Where in the model the activations were recorded; empty where they do not tell. */
  public Optional<Site> site() {
    return Optional.ofNullable(sae.site);
  }

  /** Lengths and angles of the weights over all latents. */
  @JsonProperty(access = JsonProperty.Access.READ_ONLY)
  public DictionaryGeometry geometry() {
    return DictionaryGeometry.of(latents.stream().map(Latent::geometry).toList());
  }

  /** What each rule calls specialised; empty if the rows have no chains of thought. */
  public Optional<Specialised> specialised() {
    return Optional.ofNullable(labelled).map(Labelled::specialised);
  }

  /**
   * Whether there was anything that the sound rule could test: chains of thought, steps in them
   * that parse, concepts that hold on enough rows. Where there was not, "none is specialised" would
   * be untrue; {@link Labelled#untestable} says why.
   */
  public boolean testable() {
    return labelled != null && labelled.untestable().isEmpty();
  }

  /**
   * The SAE.
   *
   * @param checkpoint the file that holds it, as it was named to the program
   * @param site where its activations were recorded; null where they do not tell
   * @param trainedBeside the validation rows of its training, null if the checkpoint does not tell
   */
  public record Sae(
      String checkpoint,
      @Nullable Site site,
      int k,
      int dIn,
      int dSae,
      @Nullable Source trainedBeside) {
    public static Sae of(
        String checkpoint, Optional<Site> site, SaeConfig config, Optional<Source> trainedBeside) {
      return new Sae(
          checkpoint,
          site.orElse(null),
          config.k(),
          config.dIn(),
          config.dSae(),
          trainedBeside.orElse(null));
    }
  }

  /**
   * What made the file.
   *
   * @param backend what the codes were computed on, in one line
   * @param date as 2026-01-31
   */
  public record MadeBy(String programVersion, String backend, String date) {}

  /**
   * The rows looked at.
   *
   * @param rows number of validation rows: those analysed
   * @param train null if the training rows were not given
   */
  public record Data(int rows, Source validation, @Nullable Source train) {}

  /** Reconstruction and sparsity, named as in {@link Evaluation}; NaN where undefined. */
  public record Quality(
      double loss,
      double evGlobal,
      double evPerDimension,
      double evR2,
      double evMeanOfRatios,
      double l0,
      double meanActivation,
      double xVariance) {

    static Quality of(Evaluation e) {
      return new Quality(
          e.loss(),
          e.evGlobal(),
          e.evPerDimension(),
          e.evR2(),
          e.evMeanOfRatios(),
          e.l0(),
          e.meanActivation(),
          e.xVariance());
    }
  }

  /**
   * What chains of thought add.
   *
   * @param criteria of the sound rule
   * @param concepts those tested, kind by kind, the most frequent first
   * @param conceptsLeftOut number of concepts that hold on enough rows but are not tested, since
   *     with so many latents only the most frequent can be
   * @param planted null if the data's truth is not known
   */
  public record Labelled(
      Criteria criteria,
      ParseReport parseReport,
      List<Concepts.Support> concepts,
      int conceptsLeftOut,
      Specialised specialised,
      @Nullable PlantedScore planted) {

    /** Why there was no concept to test, in one line; empty if there was one. */
    public Optional<String> untestable() {
      if (!concepts.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          parseReport.parsed() == 0
              ? "%,d of %,d chains of thought hold no step that could be parsed: nothing could be tested; a step reads like 12*3=36 (docs/metrics.md)"
                  .formatted(parseReport.rows(), parseReport.rows())
              : "no concept holds on %,d rows or more: nothing could be tested; choose a smaller --min-support"
                  .formatted(criteria.minSupport()));
    }
  }

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
      @Nullable Control control) {}

  /**
   * What one rule calls specialised.
   *
   * @param count number of specialised latents
   * @param analysed latents that the rule was asked about: those active at all, and for the sound
   *     rule often enough; 0 if there was nothing to ask
   * @param latents the specialised ones, ascending
   * @param chance the count where labels are dealt out anew; null if it was not asked for or no
   *     latent was analysed
   */
  public record ByRule(
      int count, int analysed, List<Integer> latents, @Nullable ChanceLevel chance) {}

  /**
   * The permutation control.
   *
   * @param rows rows it was done on: all, or a sample of them where they are very many
   */
  public record Control(int permutations, long seed, int rows) {}

  /**
   * One latent.
   *
   * @param published what the published rule calls it; null if it is active on no row or the rows
   *     have no chains of thought
   * @param sound its concepts, those it is specialised for first, then by p
   * @param topRows the rows of the largest |value|
   */
  public record Latent(
      int latent,
      LatentActivity activity,
      LatentGeometry geometry,
      @Nullable Specialization published,
      List<Association> sound,
      List<TopRow> topRows) {}

  /**
   * A row that a latent is active on.
   *
   * @param row its number in the set, from 0
   * @param problemId null if the rows have no labels
   * @param cot its steps joined with " | ", null if the rows have no labels
   * @param activation the signed value
   */
  public record TopRow(
      int row, @Nullable String problemId, @Nullable String cot, double activation) {}
}
