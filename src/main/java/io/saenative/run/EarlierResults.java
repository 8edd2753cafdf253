package io.saenative.run;

import io.saenative.UsageError;
import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.run.RunFolder.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;

/**
 * What is in the folder of a run before it begins: nothing of it is replaced unasked. Every refusal
 * comes before anything is written, and names the ways out.
 */
final class EarlierResults {
  private final RunFolder folder;
  private final ExperimentConfig config;
  private final IntFunction<Provenance> ofK;
  private final Provenance any;

  /**
   * @param ofK where the SAE of a K will come from
   */
  EarlierResults(RunFolder folder, ExperimentConfig config, IntFunction<Provenance> ofK) {
    this.folder = folder;
    this.config = config;
    this.ofK = ofK;
    any = ofK.apply(config.ks().getFirst());
  }

  /**
   * Refuses to write beside results that the run would not add to.
   *
   * @throws UsageError naming what differs
   */
  void requireToBeAddedTo() {
    requireNoForeignCheckpoint();
    for (Path file : folder.files(Kind.SUMMARY)) {
      RunSummary there = ResultFiles.readSummary(file);
      Provenance.difference(there.saeNative().settings(), any.settingsAndEpochs())
          .or(() -> analysisDifference(there))
          .ifPresent(difference -> refuse("results", difference));
    }
    for (Path file : folder.files(Kind.CHECKPOINT)) {
      TrainingCheckpoint there = TrainingCheckpoint.open(file);
      there.difference(any.settings()).ifPresent(difference -> refuse("checkpoints", difference));
      if (config.ks().contains(there.k()) && there.epochsDone() < any.run().epochs()) {
        throw new UsageError(
            ("%s has %d of %d epochs: go on with --resume, replace it with --overwrite, or name"
                    + " another --output-dir")
                .formatted(file, there.epochsDone(), any.run().epochs()));
      }
    }
    for (Path file : folder.files(Kind.ANALYSIS)) {
      DictionaryAnalysis there = ResultFiles.readAnalysis(file);
      if (!there.site().equals(any.site())
          || !there.data().validation().sha256().equals(any.validation().sha256())) {
        refuse("analyses", "the rows of " + there.data().validation().description());
      }
    }
  }

  /**
   * Opens the checkpoints to go on from, by K; a K that has none starts afresh.
   *
   * @throws UserError if one does not fit, or if results of other K would be lost
   */
  Map<Integer, TrainingCheckpoint> checkpoints() {
    requireNoForeignCheckpoint();
    Map<Integer, TrainingCheckpoint> checkpoints = new TreeMap<>();
    for (int k : config.ks()) {
      Path file = checkpoint(k);
      if (Files.exists(file)) {
        TrainingCheckpoint checkpoint = TrainingCheckpoint.open(file);
        checkpoint.requireSame(ofK.apply(k));
        checkpoints.put(k, checkpoint);
      }
    }
    for (Path file : folder.files(Kind.SUMMARY)) {
      RunSummary there = ResultFiles.readSummary(file);
      Provenance.difference(there.saeNative().settings(), any.settings())
          .or(() -> analysisDifference(there))
          .ifPresent(difference -> refuse("results", difference));
      TreeSet<Integer> others = new TreeSet<>(there.results().keySet());
      config.ks().forEach(others::remove);
      if (!others.isEmpty()
          && Provenance.difference(there.saeNative().settings(), any.settingsAndEpochs())
              .isPresent()) {
        throw new UsageError(
            ("%s holds K = %s of another number of epochs: add it to --k, or name another"
                    + " --output-dir")
                .formatted(file, others.first()));
      }
    }
    return checkpoints;
  }

  /**
   * @throws UserError if there is a summary that this program has not written
   */
  void requireOurs() {
    folder.files(Kind.SUMMARY).forEach(ResultFiles::requireOurs);
  }

  /** Deletes what a run leaves, and no other file. */
  void delete() {
    for (Kind kind : Kind.values()) {
      folder.delete(folder.files(kind));
    }
  }

  /**
   * Refuses to replace a checkpoint of the experiment's Python: ours have a .safetensors beside.
   */
  private void requireNoForeignCheckpoint() {
    for (int k : config.ks()) {
      Path file = folder.file(Kind.EXPERIMENT_CHECKPOINT, any.site(), config.recipe().dSae(), k);
      if (Files.exists(file) && !Files.exists(checkpoint(k))) {
        throw new UsageError(
            file
                + " was not written by this program, which would leave a .safetensors beside it:"
                + " name another --output-dir, or replace it with --overwrite");
      }
    }
  }

  private Optional<String> analysisDifference(RunSummary there) {
    AnalysisSettings theirs = there.saeNative().analysis();
    return theirs == null || config.analysis().isEmpty()
        ? Optional.empty()
        : Provenance.difference(theirs.settings(), config.analysis().get().settings());
  }

  private void refuse(String what, String difference) {
    throw new UsageError(
        ("%s holds %s of other settings (%s): name another --output-dir, replace them with"
                + " --overwrite, or go on with them with their own settings and --resume")
            .formatted(folder.path(), what, difference));
  }

  private Path checkpoint(int k) {
    return folder.file(Kind.CHECKPOINT, any.site(), config.recipe().dSae(), k);
  }
}
