package io.saenative.cli;

import io.saenative.data.InputScaling;
import io.saenative.data.Site;
import io.saenative.run.ExperimentConfig;
import io.saenative.run.ExperimentConfig.Existing;
import io.saenative.run.ExperimentConfig.Files;
import io.saenative.run.ExperimentConfig.Inputs;
import io.saenative.run.ExperimentConfig.Output;
import io.saenative.run.ExperimentConfig.Program;
import io.saenative.run.ExperimentConfig.Recipe;
import io.saenative.run.RunData;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Selection;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a training, with the experiment's names and defaults. */
final class RunOptions {
  @Section.Begins(Section.DATA)
  @Option(
      names = "--train-data",
      paramLabel = "FILE",
      description =
          "Training activations: .pt, .safetensors or .npy. Without it: the built-in synthetic"
              + " set.")
  private @Nullable Path trainData;

  @Option(
      names = "--val-data",
      paramLabel = "FILE",
      description = "Validation activations, as --train-data.")
  private @Nullable Path valData;

  @Option(
      names = "--train-labels",
      paramLabel = "FILE",
      description =
          "A .jsonl with problem_id and cot_sequence of each training row, for files that hold"
              + " none.")
  private @Nullable Path trainLabels;

  @Option(
      names = "--val-labels",
      paramLabel = "FILE",
      description = "The same for the validation rows.")
  private @Nullable Path valLabels;

  @Option(
      names = "--layer",
      paramLabel = "L",
      defaultValue = "14",
      description = "Layer to take from the files (${DEFAULT-VALUE}).")
  private int layer;

  @Option(
      names = "--position",
      paramLabel = "P",
      defaultValue = "3",
      description = "Position in the continuous thoughts (${DEFAULT-VALUE}).")
  private int position;

  @Section.Begins(Section.MODEL)
  @Option(
      names = {"-k", "--k"},
      required = true,
      arity = "1..*",
      parameterConsumer = Arguments.Values.class,
      hideParamSyntax = true,
      paramLabel = "K",
      description =
          "Active latents a row; one SAE is trained for each: --k 100 200 300 or --k 100,200,300.")
  private List<Integer> ks;

  @Option(
      names = "--latent-dim",
      paramLabel = "N",
      defaultValue = "512",
      description = "Latents of the SAE (${DEFAULT-VALUE}).")
  private int latentDim;

  @Option(
      names = "--select",
      paramLabel = "RULE",
      defaultValue = "abs",
      description =
          "abs: the K largest |z|, sign kept, as in the experiment; relu: the K largest z, then"
              + " ReLU, as in other libraries (${DEFAULT-VALUE}).")
  private Selection selection;

  @Option(
      names = "--pre-bias",
      description = "Subtract the decoder's bias from the input before encoding.")
  private boolean preBias;

  @Option(
      names = "--input-scale",
      paramLabel = "SCALE",
      defaultValue = "none",
      description =
          "none, or unit-norm: multiply all activations by the root of d_in over the mean norm of"
              + " a training row (${DEFAULT-VALUE}).")
  private InputScaling inputScaling;

  @Section.Begins(Section.TRAINING)
  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "25",
      description = "Passes over the training rows (${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "256",
      description = "Rows of a step (${DEFAULT-VALUE}).")
  private int batchSize;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      defaultValue = "1e-3",
      description = "Adam's learning rate (${DEFAULT-VALUE}).")
  private double lr;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of the initial weights and the row order (${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private EngineOptions.InOnePrecision engine;

  @Section.Begins(Section.OUTPUT)
  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "Where results go (a folder in results, named for data and settings).")
  private @Nullable Path outputDir;

  @Option(names = "--resume", description = "Go on from the checkpoints in the output directory.")
  private boolean resume;

  @Option(
      names = "--overwrite",
      description = "Delete the results that are in the output directory, then start afresh.")
  private boolean overwrite;

  @Section.Begins(Section.ANALYSIS)
  @Option(names = "--no-analysis", description = "Train and save only.")
  private boolean noAnalysis;

  private boolean synthetic() {
    return trainData == null;
  }

  /**
   * What these options ask for.
   *
   * @param command the words that they were read from
   */
  ExperimentConfig config(AnalysisOptions analysis, String command) {
    return new ExperimentConfig(
        ks,
        new Inputs(files(), new Site(layer, position)),
        new Recipe(
            latentDim,
            selection,
            preBias,
            inputScaling,
            Optimizer.adam(lr, batchSize),
            epochs,
            seed),
        engine.compute(),
        noAnalysis ? Optional.empty() : Optional.of(analysis.settings(latentDim, seed)),
        new Output(Optional.ofNullable(outputDir), existing()),
        new Program(Version.text(), command));
  }

  private Optional<Files> files() {
    return trainData == null || valData == null
        ? Optional.empty()
        : Optional.of(
            new Files(
                trainData,
                valData,
                Optional.ofNullable(trainLabels),
                Optional.ofNullable(valLabels)));
  }

  private Existing existing() {
    if (overwrite) {
      return Existing.OVERWRITE;
    }
    return resume ? Existing.RESUME : Existing.KEEP;
  }

  /** What is wrong with these options whatever the files hold. */
  Optional<String> mistake() {
    if (latentDim < 1) {
      return Optional.of("--latent-dim must be at least 1, not " + latentDim);
    }
    for (int k : ks) {
      if (k < 1 || k > latentDim) {
        return Optional.of("--k must be from 1 to --latent-dim, " + latentDim + ", not " + k);
      }
    }
    if (epochs < 1 || batchSize < 1) {
      return Optional.of("--epochs and --batch-size must be at least 1");
    }
    if (!(lr > 0 && Double.isFinite(lr))) {
      return Optional.of("--lr must be above 0, not " + lr);
    }
    if ((trainData == null) != (valData == null)) {
      String missing = trainData == null ? "--train-data" : "--val-data";
      return Optional.of("--train-data and --val-data go together: " + missing + " is missing");
    }
    if (synthetic() && (trainLabels != null || valLabels != null)) {
      return Optional.of("--train-labels and --val-labels belong to --train-data and --val-data");
    }
    if (resume && overwrite) {
      return Optional.of("--resume and --overwrite exclude each other: results are kept or not");
    }
    if (synthetic()
        && (layer != RunData.SYNTHETIC_SITE.layer()
            || position != RunData.SYNTHETIC_SITE.position())) {
      return Optional.of(
          "the built-in synthetic set stands for layer %d, position %d: another --layer or --position needs --train-data"
              .formatted(RunData.SYNTHETIC_SITE.layer(), RunData.SYNTHETIC_SITE.position()));
    }
    return Optional.empty();
  }
}
