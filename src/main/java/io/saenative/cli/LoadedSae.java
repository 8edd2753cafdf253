package io.saenative.cli;

import io.saenative.UserError;
import io.saenative.analysis.AnalysedData;
import io.saenative.data.ActivationFile;
import io.saenative.data.Activations;
import io.saenative.data.Activations.Source;
import io.saenative.data.InputScaling;
import io.saenative.data.synthetic.SyntheticData;
import io.saenative.run.Backends;
import io.saenative.run.RunFiles;
import io.saenative.run.TrainedSae;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Session;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/**
 * An SAE from a checkpoint and the rows to look at it with, as it sees them.
 *
 * @param outputDir where results go
 * @param checkpoint its file, relative to the output directory where it lies in it
 */
record LoadedSae(
    TrainedSae sae, AnalysedData data, Backends.Choice backend, Path outputDir, String checkpoint) {

  /**
   * Nothing is trained here; what counts is the number of rows at once, for which a backend reads
   * the weights once.
   */
  private static final Optimizer NO_TRAINING = Optimizer.adam(1, 256);

  /**
   * Reads the files and checks that they belong together.
   *
   * @param trainDataOrNull file of training rows
   * @throws UserError if they do not, or cannot be used
   */
  static LoadedSae load(CheckpointOptions options, Path trainDataOrNull) {
    TrainedSae sae = TrainedSae.read(options.checkpoint);
    requireAgreement(options, "layer", options.layer, sae.layer());
    requireAgreement(options, "position", options.position, sae.position());
    Backends.Choice backend = options.engine.choose();
    Path outputDir = outputDir(options, sae);
    RunFiles.requireNoOther(outputDir, sae.layer(), sae.position());
    String checkpoint = relative(outputDir, options.checkpoint);
    AnalysedData data =
        options.valData == null
            ? syntheticSetOf(sae, options.checkpoint)
            : files(options, sae, trainDataOrNull);
    return new LoadedSae(sae, data, backend, outputDir, checkpoint);
  }

  /** A session that holds the parameters. */
  Session open() {
    Session session = backend.engine().open(sae.config(), NO_TRAINING);
    session.setState(Session.State.PARAMETERS, sae.parameters());
    return session;
  }

  /** Says what is about to be looked at. */
  void print(PrintWriter out) {
    Source rows = data.validation().source();
    out.printf(
        Locale.ROOT,
        "sae      %s: %,d latents, K = %d, layer %d, position %d%s%n",
        checkpoint,
        sae.config().dSae(),
        sae.config().k(),
        sae.layer(),
        sae.position(),
        sae.validation() != null && sae.validation().synthetic()
            ? "; trained on SYNTHETIC rows"
            : "");
    out.printf(
        Locale.ROOT,
        "data     %s%s: %,d rows%s%n",
        rows.synthetic() ? "SYNTHETIC, not recorded from a model: " : "",
        rows.description(),
        data.validation().rows(),
        data.validation().labels().isEmpty() ? " without chains of thought" : "");
    out.printf("backend  %s (%s)%n", backend.describe(), backend.reason());
    out.flush();
  }

  private static void requireAgreement(
      CheckpointOptions options, String what, Integer asked, int its) {
    if (asked != null && asked != its) {
      throw new UserError(
          "%s is for %s %d, not %d: leave --%s out or choose another --checkpoint"
              .formatted(options.checkpoint, what, its, asked, what));
    }
  }

  private static AnalysedData syntheticSetOf(TrainedSae sae, Path checkpoint) {
    Source trainedBeside = sae.validation();
    if (trainedBeside == null) {
      throw new UserError(
          checkpoint
              + " does not tell what it was trained on: give --val-data FILE, or the .safetensors"
              + " beside it");
    }
    if (!trainedBeside.synthetic()) {
      throw new UserError(
          "%s was trained beside %s: give these or other rows with --val-data"
              .formatted(checkpoint, trainedBeside.description()));
    }
    SyntheticData data = SyntheticData.generate();
    if (!data.validation().source().sha256().equals(trainedBeside.sha256())) {
      throw new UserError(
          checkpoint
              + " was trained on a synthetic set that this version does not make: train it anew");
    }
    return new AnalysedData(seen(sae, data.validation()), seen(sae, data.train()), data.truth());
  }

  private static AnalysedData files(
      CheckpointOptions options, TrainedSae sae, Path trainDataOrNull) {
    Activations validation = read(options, sae, options.valData, options.valLabels);
    Activations train = trainDataOrNull == null ? null : read(options, sae, trainDataOrNull, null);
    return new AnalysedData(validation, train, null);
  }

  private static Activations read(
      CheckpointOptions options, TrainedSae sae, Path file, Path labels) {
    Activations rows = ActivationFile.map(file, sae.layer(), sae.position(), labels);
    if (rows.dIn() != sae.config().dIn()) {
      throw new UserError(
          "%s is %d wide but %s takes inputs %d wide: give activations of the model it was trained on"
              .formatted(file, rows.dIn(), options.checkpoint, sae.config().dIn()));
    }
    return seen(sae, rows);
  }

  private static Activations seen(TrainedSae sae, Activations rows) {
    return InputScaling.scaled(rows, sae.inputFactor());
  }

  private static Path outputDir(CheckpointOptions options, TrainedSae sae) {
    if (options.outputDir != null) {
      return options.outputDir;
    }
    Path folder = options.checkpoint.getParent();
    return folder != null && folder.endsWith("checkpoints")
        ? folder.resolveSibling("")
        : RunOptions.defaultOutputDir(sae.layer(), sae.position());
  }

  private static String relative(Path outputDir, Path checkpoint) {
    Path folder = outputDir.toAbsolutePath().normalize();
    Path file = checkpoint.toAbsolutePath().normalize();
    return file.startsWith(folder) ? folder.relativize(file).toString() : checkpoint.toString();
  }
}
