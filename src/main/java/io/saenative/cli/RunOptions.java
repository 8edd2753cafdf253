package io.saenative.cli;

import io.saenative.data.InputScaling;
import io.saenative.sae.Optimizer;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.train.TrainingRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of a training, with the experiment's names and defaults. */
final class RunOptions {
  private static final int SYNTHETIC_LAYER = 14;
  private static final int SYNTHETIC_POSITION = 3;

  @Option(
      names = "--k",
      required = true,
      arity = "1..*",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "K",
      description =
          "Active latents a row; one SAE is trained for each: --k 100 200 300 or --k 100,200,300.")
  private List<Integer> ks;

  @Option(
      names = "--train-data",
      paramLabel = "FILE",
      description =
          "Training activations: .pt, .safetensors or .npy. Without it: the built-in synthetic"
              + " set.")
  Path trainData;

  @Option(
      names = "--val-data",
      paramLabel = "FILE",
      description = "Validation activations, as --train-data.")
  Path valData;

  @Option(
      names = "--train-labels",
      paramLabel = "FILE",
      description =
          "A .jsonl with problem_id and cot_sequence of each training row, for files that hold"
              + " none.")
  Path trainLabels;

  @Option(
      names = "--val-labels",
      paramLabel = "FILE",
      description = "The same for the validation rows.")
  Path valLabels;

  @Option(
      names = "--layer",
      paramLabel = "L",
      defaultValue = "14",
      description = "Layer to take from the files (${DEFAULT-VALUE}).")
  int layer;

  @Option(
      names = "--position",
      paramLabel = "P",
      defaultValue = "3",
      description = "Position in the continuous thoughts (${DEFAULT-VALUE}).")
  int position;

  @Option(
      names = "--latent-dim",
      paramLabel = "N",
      defaultValue = "512",
      description = "Latents of the SAE (${DEFAULT-VALUE}).")
  private int latentDim;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "25",
      description = "Passes over the training rows (${DEFAULT-VALUE}).")
  int epochs;

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
  long seed;

  @Option(
      names = "--select",
      paramLabel = "HOW",
      defaultValue = "abs",
      description =
          "abs: the K largest |z|, sign kept, as in the experiment; relu: the K largest z, then"
              + " ReLU, as in other libraries (${DEFAULT-VALUE}).")
  Selection selection;

  @Option(
      names = "--pre-bias",
      description = "Subtract the decoder's bias from the input before encoding.")
  private boolean preBias;

  @Option(
      names = "--input-scale",
      paramLabel = "HOW",
      defaultValue = "none",
      converter = InputScalingConverter.class,
      description =
          "unit-norm: multiply all activations by sqrt(d_in) / mean norm of a training row"
              + " (${DEFAULT-VALUE}).")
  InputScaling inputScaling;

  @Mixin EngineOptions engine;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "Where results go (results/layer{L}_pos{P}).")
  private Path outputDir;

  @Option(names = "--resume", description = "Go on from the checkpoints in the output directory.")
  boolean resume;

  @Option(names = "--no-analysis", description = "Train and save only.")
  boolean noAnalysis;

  /** The values of --k in the order given, each once. */
  List<Integer> ks() {
    return ks.stream().distinct().toList();
  }

  Path outputDir() {
    return outputDir != null ? outputDir : defaultOutputDir(layer, position);
  }

  static Path defaultOutputDir(int layer, int position) {
    return Path.of("results", "layer" + layer + "_pos" + position);
  }

  boolean synthetic() {
    return trainData == null;
  }

  /** The training of one SAE on activations of this width. */
  TrainingRun run(int k, int dIn) {
    return new TrainingRun(
        new SaeConfig(dIn, latentDim, k, selection, preBias),
        Optimizer.adam(lr, batchSize),
        epochs,
        seed);
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
    if (synthetic() && (layer != SYNTHETIC_LAYER || position != SYNTHETIC_POSITION)) {
      return Optional.of(
          "the built-in synthetic set stands for layer %d, position %d: another --layer or --position needs --train-data"
              .formatted(SYNTHETIC_LAYER, SYNTHETIC_POSITION));
    }
    return Optional.empty();
  }

  /** The names of {@link InputScaling} as they are typed. */
  static final class InputScalingConverter implements ITypeConverter<InputScaling> {
    @Override
    public InputScaling convert(String text) {
      return switch (text) {
        case "none" -> InputScaling.NONE;
        case "unit-norm" -> InputScaling.UNIT_NORM;
        default ->
            throw new TypeConversionException("expected none or unit-norm but was '" + text + "'");
      };
    }
  }
}
