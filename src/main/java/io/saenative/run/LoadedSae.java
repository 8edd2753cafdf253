package io.saenative.run;

import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis.Sae;
import io.saenative.analysis.SaeAnalysis.AnalysedData;
import io.saenative.data.ActivationFile;
import io.saenative.data.Activations;
import io.saenative.data.Activations.Source;
import io.saenative.data.InputScaling;
import io.saenative.data.Site;
import io.saenative.data.synthetic.SyntheticData;
import io.saenative.run.ExperimentConfig.Compute;
import io.saenative.run.RunFolder.Kind;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Session;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An SAE from a checkpoint and the rows to look at it with, as it sees them.
 *
 * @param folder where results go
 * @param checkpoint its file, as results should name it
 */
public record LoadedSae(
    TrainedSae sae,
    AnalysedData data,
    Backends.Choice backend,
    RunFolder folder,
    String checkpoint) {

  /** Nothing is trained here; what counts is the number of rows at once. */
  private static final Optimizer NO_TRAINING = Optimizer.adam(1, 256);

  /**
   * Which SAE, on which rows.
   *
   * @param checkpoint the experiment's {@code .pt} or our {@code .safetensors}
   * @param rows what to look at; empty for the synthetic set it was trained on
   * @param layer that the checkpoint must be of, if given
   * @param position as layer
   * @param folder where results go; empty for the run that the checkpoint lies in
   */
  public record Request(
      Path checkpoint,
      Optional<Rows> rows,
      Optional<Integer> layer,
      Optional<Integer> position,
      Compute compute,
      Optional<Path> folder) {}

  /**
   * Files of rows.
   *
   * @param labels of the validation rows, a {@code .jsonl}, for files that hold none
   * @param train to tell on which set a latent is dead
   */
  public record Rows(Path validation, Optional<Path> labels, Optional<Path> train) {}

  /**
   * Reads the files and checks that they belong together.
   *
   * @throws UserError if they do not, or cannot be used
   */
  public static LoadedSae load(Request request) {
    TrainedSae sae = TrainedSae.read(request.checkpoint);
    requireAgreement(request, "layer", request.layer, sae.site().map(Site::layer));
    requireAgreement(request, "position", request.position, sae.site().map(Site::position));
    Backends.Choice backend = request.compute.choose();
    RunFolder folder = folder(request);
    requireNoOtherSite(folder, sae.site());
    AnalysedData data = request.rows.isEmpty() ? synthetic(sae, request) : files(sae, request);
    return new LoadedSae(sae, data, backend, folder, folder.relative(request.checkpoint));
  }

  /** A session that holds the parameters. */
  public Session open() {
    Session session = backend.engine().open(sae.config(), NO_TRAINING);
    session.setState(Session.State.PARAMETERS, sae.parameters());
    return session;
  }

  /** The SAE as a file of results names it. */
  public Sae subject() {
    return Sae.of(checkpoint, sae.site(), sae.config(), sae.validation());
  }

  /** Whether the SAE was trained on rows that were not recorded from a model, if that is known. */
  public boolean trainedOnSynthetic() {
    return sae.validation().filter(Source::synthetic).isPresent();
  }

  private static void requireAgreement(
      Request request, String what, Optional<Integer> asked, Optional<Integer> stated) {
    if (asked.isPresent() && !asked.equals(stated)) {
      throw new UserError(
          "%s is for %s, not %s %d: leave --%s out or choose another --checkpoint"
              .formatted(
                  request.checkpoint,
                  stated.map(number -> what + " " + number).orElse("no " + what + " in particular"),
                  what,
                  asked.get(),
                  what));
    }
  }

  /** Two sites in one folder could not be reported. */
  private static void requireNoOtherSite(RunFolder folder, Optional<Site> site) {
    String ours = folder.file(Kind.SUMMARY, site).getFileName().toString();
    List<Path> summaries = folder.files(Kind.SUMMARY);
    Stream<Path> others =
        summaries.stream().filter(file -> !file.getFileName().toString().equals(ours));
    Stream<Path> analyses =
        folder.files(Kind.ANALYSIS).stream()
            .filter(file -> !ResultFiles.readAnalysis(file).site().equals(site));
    Stream.concat(others, analyses)
        .findFirst()
        .ifPresent(
            file -> {
              throw new UserError(
                  "%s is of another layer or position than %s: give each an --output-dir of its own"
                      .formatted(file, site.map(Site::toString).orElse("these rows")));
            });
  }

  private static AnalysedData synthetic(TrainedSae sae, Request request) {
    Source trainedBeside =
        sae.validation()
            .orElseThrow(
                () ->
                    new UserError(
                        request.checkpoint
                            + " does not tell what it was trained on: give --val-data FILE, or the"
                            + " .safetensors beside it"));
    if (!trainedBeside.synthetic()) {
      throw new UserError(
          "%s was trained beside %s: give these or other rows with --val-data"
              .formatted(request.checkpoint, trainedBeside.description()));
    }
    SyntheticData data = SyntheticData.generate();
    if (!data.validation().source().sha256().equals(trainedBeside.sha256())) {
      throw new UserError(
          request.checkpoint
              + " was trained on a synthetic set that this version does not make: train it anew");
    }
    return new AnalysedData(seen(sae, data.validation()), seen(sae, data.train()), data.truth());
  }

  private static AnalysedData files(TrainedSae sae, Request request) {
    Rows rows = request.rows.orElseThrow();
    Activations validation = read(sae, request, rows.validation, rows.labels);
    Activations train =
        rows.train.map(file -> read(sae, request, file, Optional.empty())).orElse(null);
    return new AnalysedData(validation, train, null);
  }

  private static Activations read(
      TrainedSae sae, Request request, Path file, Optional<Path> labels) {
    Site site = sae.site().orElse(RunData.SYNTHETIC_SITE);
    Activations rows = ActivationFile.map(file, site, labels);
    if (rows.dIn() != sae.config().dIn()) {
      throw new UserError(
          "%s is %d wide but %s takes inputs %d wide: give activations of the model it was trained on"
              .formatted(file, rows.dIn(), request.checkpoint, sae.config().dIn()));
    }
    return seen(sae, rows);
  }

  private static Activations seen(TrainedSae sae, Activations rows) {
    return InputScaling.scaled(rows, sae.inputFactor());
  }

  private static RunFolder folder(Request request) {
    Path parent = request.checkpoint.getParent();
    return new RunFolder(
        request.folder.orElseGet(
            () ->
                parent != null && parent.endsWith("checkpoints")
                    ? parent.resolveSibling("")
                    : Path.of(
                        "results",
                        request
                            .checkpoint
                            .getFileName()
                            .toString()
                            .replaceFirst("\\.[^.]+$", ""))));
  }
}
