package io.saenative.cli;

import io.saenative.data.Activations.Source;
import io.saenative.run.LoadedSae;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Which SAE, on which rows, computed by what: the options of every command that takes a checkpoint.
 */
final class CheckpointOptions {
  @Section.Begins(Section.DATA)
  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "FILE",
      description = "The SAE: a .safetensors of this program or a .pt of the experiment.")
  private Path checkpoint;

  @Option(
      names = "--val-data",
      paramLabel = "FILE",
      description =
          "Rows to look at: .pt, .safetensors or .npy. Without it: the synthetic set, if trained on"
              + " that.")
  @Nullable Path valData;

  @Option(
      names = "--val-labels",
      paramLabel = "FILE",
      description =
          "A .jsonl with problem_id and cot_sequence of each row, for files that hold none.")
  private @Nullable Path valLabels;

  @Option(
      names = "--layer",
      paramLabel = "L",
      description = "Layer to take from the files (the checkpoint's).")
  private @Nullable Integer layer;

  @Option(
      names = "--position",
      paramLabel = "P",
      description = "Position in the continuous thoughts (the checkpoint's).")
  private @Nullable Integer position;

  @Mixin private EngineOptions.InOnePrecision engine;

  @Section.Begins(Section.OUTPUT)
  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description =
          "Where results go (the run that the checkpoint lies in, else one in results named for"
              + " it).")
  private @Nullable Path outputDir;

  /**
   * Which SAE they ask for, on which rows.
   *
   * @param trainData training rows beside {@code --val-data}; null for none
   */
  LoadedSae.Request request(@Nullable Path trainData) {
    return new LoadedSae.Request(
        checkpoint,
        Optional.ofNullable(valData)
            .map(
                rows ->
                    new LoadedSae.Rows(
                        rows, Optional.ofNullable(valLabels), Optional.ofNullable(trainData))),
        Optional.ofNullable(layer),
        Optional.ofNullable(position),
        engine.compute(),
        Optional.ofNullable(outputDir));
  }

  /** Says what is about to be looked at. */
  static void print(PrintWriter out, LoadedSae loaded) {
    Source rows = loaded.data().validation().source();
    out.printf(
        "sae      %s: %s, K = %d%s%s%n",
        loaded.checkpoint(),
        Console.count(loaded.sae().config().dSae(), "latent"),
        loaded.sae().config().k(),
        loaded.sae().site().map(site -> ", " + site).orElse(""),
        loaded.trainedOnSynthetic() ? "; trained on SYNTHETIC rows" : "");
    out.printf(
        "data     %s%s: %s%s%n",
        rows.synthetic() ? "SYNTHETIC, not recorded from a model: " : "",
        rows.description(),
        Console.count(loaded.data().validation().rows(), "row"),
        loaded.data().validation().labels().isEmpty() ? " without chains of thought" : "");
    out.printf("backend  %s%n", loaded.backend().describe());
    out.flush();
  }

  /** What is wrong with these options whatever the files hold. */
  Optional<String> mistake() {
    return valData == null && valLabels != null
        ? Optional.of("--val-labels belongs to --val-data")
        : Optional.empty();
  }
}
