package io.saenative.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.saenative.data.Activations;
import io.saenative.data.Activations.Source;
import io.saenative.data.Site;
import io.saenative.sae.Evaluation;
import io.saenative.sae.SaeConfig;
import io.saenative.train.History;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Figures and curves of every K that was trained with one set of settings on one set of data: the
 * content of {@code large_k_summary_layer14_pos3.json}, whose keys are these names in snake case.
 *
 * <p>{@code config} and {@code results} are the experiment's, key by key; what the experiment does
 * not have is in {@code saeNative}. A figure that is undefined, such as a variance explained where
 * there is none, is NaN here and null in the file.
 *
 * @param results by K, ascending
 */
public record RunSummary(Config config, SortedMap<Integer, Result> results, Ours saeNative) {

  /**
   * What was trained on what.
   *
   * @param kValues ascending
   * @param position of the activations in the continuous thoughts; null where the data do not tell
   * @param layer of the model; null where the data do not tell
   */
  public record Config(
      List<Integer> kValues,
      int latentDim,
      @Nullable Integer position,
      @Nullable Integer layer,
      int inputDim,
      int trainSamples,
      int valSamples) {}

  /** One K, as the experiment writes it. */
  public record Result(Metrics metrics, Curves history) {}

  /**
   * Figures on the validation rows after the last epoch.
   *
   * @param reconstructionLoss mean squared error over rows and columns
   * @param explainedVariance ev_global, a share
   * @param featureDeathRate share of latents active on no validation row
   * @param meanActivation mean |value| of active latents
   */
  public record Metrics(
      double reconstructionLoss,
      double explainedVariance,
      double l0Norm,
      double featureDeathRate,
      double meanActivation,
      int numActiveFeatures,
      int numDeadFeatures) {

    static Metrics of(Evaluation validation) {
      return new Metrics(
          validation.loss(),
          validation.evGlobal(),
          validation.l0(),
          validation.deathRate(),
          validation.meanActivation(),
          validation.firingCount().length - validation.dead(),
          validation.dead());
    }
  }

  /** One entry for each epoch; see {@link History.Epoch}. */
  public record Curves(
      List<Double> trainLoss,
      List<Double> valLoss,
      List<Double> valExplainedVariance,
      List<Double> valFeatureDeathRate) {

    static Curves of(History history) {
      return new Curves(
          history.column(History.Epoch::trainLoss),
          history.column(History.Epoch::valLoss),
          history.column(History.Epoch::valExplainedVariance),
          history.column(History.Epoch::valFeatureDeathRate));
    }
  }

  /**
   * What the experiment does not have.
   *
   * @param settings that all results share: those of {@link Provenance} and the number of epochs
   * @param analysis the settings of the analyses; null where none was asked for
   * @param results by K, ascending
   */
  public record Ours(
      boolean syntheticData,
      DataSets data,
      Map<String, Object> settings,
      @Nullable AnalysisSettings analysis,
      SortedMap<Integer, Details> results) {}

  /**
   * The rows of a run.
   *
   * @param sharedRows validation rows that are training rows as well, bit for bit
   */
  public record DataSets(Rows train, Rows validation, int sharedRows) {}

  /**
   * A set of rows; see {@link Source}.
   *
   * @param source a file's path as the user gave it, or the name of the synthetic set
   */
  public record Rows(String source, String sha256, int rows, boolean synthetic) {
    static Rows of(Activations activations) {
      Source source = activations.source();
      return new Rows(
          source.description(), source.sha256(), activations.rows(), source.synthetic());
    }
  }

  /**
   * One K: what the experiment's keys do not tell.
   *
   * @param seconds wall time of the epochs that the last command trained
   * @param epochSeconds wall time of each epoch; NaN for those that an earlier command trained
   * @param checkpoint its file, relative to the summary's folder
   * @param weightsSha256 digest of the weights, see {@link TrainedSae}
   */
  public record Details(
      @JsonProperty("ev") ExplainedVariance explainedVariance,
      double xVariance,
      double seconds,
      List<Double> epochSeconds,
      String checkpoint,
      String weightsSha256,
      Computer computedBy) {}

  /** The four definitions, each a share; formulas in docs/metrics.md. */
  public record ExplainedVariance(
      double global, double perDimension, double r2, double meanOfRatios) {
    static ExplainedVariance of(Evaluation e) {
      return new ExplainedVariance(e.evGlobal(), e.evPerDimension(), e.evR2(), e.evMeanOfRatios());
    }
  }

  /**
   * What computed a result.
   *
   * @param command the words that started it
   * @param version of this program, with its commit
   * @param backend name of the backend
   * @param runsOn what the backend runs on
   */
  public record Computer(
      String command, String version, String java, String system, String backend, String runsOn) {

    static Computer here(ExperimentConfig.Program program, Backends.Choice backend) {
      return new Computer(
          program.command(),
          program.version(),
          Runtime.version().toString(),
          String.join(
              " ",
              System.getProperty("os.name"),
              System.getProperty("os.version"),
              System.getProperty("os.arch")),
          backend.engine().name(),
          backend.engine().describe());
    }
  }

  /** The summary of one K. */
  static RunSummary of(
      Provenance provenance,
      RunData data,
      Optional<AnalysisSettings> analysis,
      Result result,
      Details details) {
    SaeConfig sae = provenance.run().sae();
    return new RunSummary(
        new Config(
            List.of(sae.k()),
            sae.dSae(),
            data.site().map(Site::position).orElse(null),
            data.site().map(Site::layer).orElse(null),
            sae.dIn(),
            data.train().rows(),
            data.validation().rows()),
        new TreeMap<>(Map.of(sae.k(), result)),
        new Ours(
            provenance.synthetic(),
            new DataSets(Rows.of(data.train()), Rows.of(data.validation()), data.sharedRows()),
            provenance.settingsAndEpochs(),
            analysis.orElse(null),
            new TreeMap<>(Map.of(sae.k(), details))));
  }

  /** Where in the model the activations were recorded; empty where the data do not tell. */
  public Optional<Site> site() {
    return config.layer == null || config.position == null
        ? Optional.empty()
        : Optional.of(new Site(config.layer, config.position));
  }

  /**
   * This summary with the results of another one of the same settings beside its own, and those of
   * the other where both have one.
   */
  RunSummary with(RunSummary other) {
    SortedMap<Integer, Result> all = new TreeMap<>(results);
    all.putAll(other.results);
    SortedMap<Integer, Details> details = new TreeMap<>(saeNative.results);
    details.putAll(other.saeNative.results);
    Config c = other.config;
    return new RunSummary(
        new Config(
            List.copyOf(all.keySet()),
            c.latentDim,
            c.position,
            c.layer,
            c.inputDim,
            c.trainSamples,
            c.valSamples),
        all,
        new Ours(
            other.saeNative.syntheticData,
            other.saeNative.data,
            other.saeNative.settings,
            Optional.ofNullable(other.saeNative.analysis).orElse(saeNative.analysis),
            details));
  }

  /** The first setting in which another summary differs, as "seed 0, not 1". */
  Optional<String> difference(RunSummary other) {
    return Provenance.difference(saeNative.settings, other.saeNative.settings)
        .or(
            () ->
                saeNative.analysis == null || other.saeNative.analysis == null
                    ? Optional.empty()
                    : Provenance.difference(
                        saeNative.analysis.settings(), other.saeNative.analysis.settings()));
  }
}
