package io.saenative.run;

import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.Sae;
import io.saenative.analysis.SaeAnalysis;
import io.saenative.run.ExperimentConfig.Existing;
import io.saenative.run.RunFolder.Kind;
import io.saenative.run.RunResults.KResult;
import io.saenative.run.RunSummary.Computer;
import io.saenative.run.RunSummary.Details;
import io.saenative.run.RunSummary.ExplainedVariance;
import io.saenative.sae.Dataset;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Session;
import io.saenative.tensor.Allocation;
import io.saenative.train.Ahead;
import io.saenative.train.History;
import io.saenative.train.Trainer;
import io.saenative.train.TrainingRun;
import io.saenative.train.TrainingState;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A run: for each K train, validate, save, analyse. {@link #prepare} refuses all that can be
 * refused; {@link #run} then does the work and keeps what is done after every K.
 */
public final class Experiment {
  /** A crash, unlike an interruption, loses at most this much work. */
  private static final long CHECKPOINT_EVERY_NANOS = 60_000_000_000L;

  private final ExperimentConfig config;
  private final Backends.Choice backend;
  private final RunData data;
  private final RunFolder folder;
  private final Map<Integer, TrainingCheckpoint> resumable = new TreeMap<>();
  private final SortedMap<Integer, KResult> results = new TreeMap<>();
  private long lastSaved;

  /** Hears what a run does. */
  public interface Listener {
    /**
     * A training begins.
     *
     * @param epochsDone by an earlier run; all of them where nothing is left to train
     */
    void trains(int k, int epochsDone);

    /** An epoch has ended; {@code history} is that of all epochs up to it. */
    void epochDone(int k, History history);

    /** The training has ended, or was stopped. */
    void trained(int k);

    /** The SAE of one K has been analysed, in so many seconds, files included. */
    void analysed(DictionaryAnalysis analysis, double seconds);
  }

  private Experiment(ExperimentConfig config, Supplier<Backends.Choice> choice) {
    this.config = config;
    // Rows are read beside the opening of a device: neither needs the other.
    Ahead<RunData> rows =
        Ahead.of(() -> RunData.load(config.inputs(), config.recipe().inputScaling()));
    backend = choice.get();
    data = rows.get();
    folder =
        new RunFolder(config.output().folder().orElseGet(() -> config.defaultFolder(data.site())));
  }

  /**
   * Chooses the backend, loads the data, checks everything, and makes the folder of the run.
   *
   * @throws UserError if the run cannot be done as asked; then nothing was written or deleted
   */
  public static Experiment prepare(ExperimentConfig config) {
    return prepare(config, config.compute()::choose);
  }

  /** As {@link #prepare(ExperimentConfig)}, on a backend that the configuration does not choose. */
  static Experiment prepare(ExperimentConfig config, Supplier<Backends.Choice> choice) {
    Experiment experiment = new Experiment(config, choice);
    Provenance any = experiment.provenance(config.ks().getFirst());
    if (config.analysis().isPresent()) {
      SaeAnalysis.requireAnalysable(any.run().sae());
    }
    any.run().requireMemory(Allocation.availableBytes());
    EarlierResults earlier = new EarlierResults(experiment.folder, config, experiment::provenance);
    switch (config.output().existing()) {
      case KEEP -> earlier.requireToBeAddedTo();
      case RESUME -> experiment.resumable.putAll(earlier.checkpoints());
      case OVERWRITE -> earlier.requireOurs();
    }
    experiment.folder.requireWritable();
    if (config.output().existing() == Existing.OVERWRITE) {
      earlier.delete();
    }
    return experiment;
  }

  /** Whether trainings go on from checkpoints. */
  public boolean resumes() {
    return config.output().existing() == Existing.RESUME;
  }

  public ExperimentConfig config() {
    return config;
  }

  public Backends.Choice backend() {
    return backend;
  }

  public RunData data() {
    return data;
  }

  public RunFolder folder() {
    return folder;
  }

  /** What was trained and analysed so far, by K. */
  public List<KResult> results() {
    return List.copyOf(results.values());
  }

  /**
   * Trains every K on the same data sets, which are sent to the backend once.
   *
   * @param stop asked before each epoch
   * @return whether all was done; false if stopped before
   * @throws UserError if a training diverges
   */
  public boolean run(Listener listener, BooleanSupplier stop) {
    try (Dataset train = backend.engine().load(data.train().x());
        Dataset validation = backend.engine().load(data.validation().x())) {
      for (int k : config.ks()) {
        if (stop.getAsBoolean() || !train(k, train, validation, listener, stop)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Trains one K, saves and analyses it; false if stopped before its last epoch. */
  private boolean train(
      int k, Dataset train, Dataset validation, Listener listener, BooleanSupplier stop) {
    Provenance provenance = provenance(k);
    TrainingRun run = provenance.run();
    Path checkpoint = checkpoint(k);
    TrainingState start =
        resumable.containsKey(k) ? resumable.get(k).state() : TrainingState.initial(run);
    try (Session session = backend.engine().open(run.sae(), run.optimizer())) {
      Trainer.Outcome outcome;
      listener.trains(k, start.epochsDone());
      lastSaved = System.nanoTime();
      try {
        outcome =
            Trainer.train(
                session,
                run,
                train,
                validation,
                start,
                (history, state) -> {
                  listener.epochDone(k, history);
                  if (System.nanoTime() - lastSaved > CHECKPOINT_EVERY_NANOS) {
                    TrainingCheckpoint.write(checkpoint, provenance, state.get());
                    lastSaved = System.nanoTime();
                  }
                },
                stop);
      } finally {
        listener.trained(k);
      }
      if (outcome.state().epochsDone() > start.epochsDone()) {
        TrainingCheckpoint.write(checkpoint, provenance, outcome.state());
        deleteAnalyses(k);
      }
      if (outcome.interrupted()) {
        return false;
      }
      requireNotDiverged(k, outcome);
      RunSummary summary = save(provenance, outcome);
      Optional<DictionaryAnalysis> analysis =
          config
              .analysis()
              .map(asked -> analyse(session, provenance, train, validation, asked, listener));
      results.put(k, KResult.of(k, Optional.of(summary), analysis));
      return true;
    }
  }

  private static void requireNotDiverged(int k, Trainer.Outcome outcome) {
    if (outcome.diverged()) {
      throw new UserError(
          "K = %d: training diverged: its loss has risen, that of the validation rows to %.3g: choose a smaller --lr, then --overwrite"
              .formatted(k, outcome.validation().loss()));
    }
  }

  /** Keeps what came out, for the experiment's Python as well. */
  private RunSummary save(Provenance provenance, Trainer.Outcome outcome) {
    SaeConfig sae = provenance.run().sae();
    if (provenance.isExperimentsModel()) {
      ExperimentCheckpoint.write(
          folder.file(Kind.EXPERIMENT_CHECKPOINT, data.site(), sae.dSae(), sae.k()),
          provenance,
          outcome.state(),
          outcome.validation());
    }
    RunSummary summary = summary(provenance, outcome);
    ResultFiles.add(folder.file(Kind.SUMMARY, data.site()), summary, resumes());
    return summary;
  }

  private RunSummary summary(Provenance provenance, Trainer.Outcome outcome) {
    History history = outcome.state().history();
    return RunSummary.of(
        provenance,
        data,
        config.analysis(),
        new RunSummary.Result(
            RunSummary.Metrics.of(outcome.validation()), RunSummary.Curves.of(history)),
        new Details(
            ExplainedVariance.of(outcome.validation()),
            outcome.validation().xVariance(),
            history.seconds(),
            history.column(History.Epoch::seconds),
            folder.relative(checkpoint(provenance.run().sae().k())),
            TrainedSae.sha256(outcome.state().parameters()),
            Computer.here(config.program(), backend)));
  }

  private DictionaryAnalysis analyse(
      Session session,
      Provenance provenance,
      Dataset train,
      Dataset validation,
      AnalysisSettings asked,
      Listener listener) {
    long began = System.nanoTime();
    SaeConfig sae = provenance.run().sae();
    Sae subject =
        Sae.of(
            folder.relative(checkpoint(sae.k())),
            data.site(),
            sae,
            Optional.of(data.validation().source()));
    SaeAnalysis analysis =
        SaeAnalysis.of(
            session,
            data.analysed(),
            validation,
            train,
            asked.request(subject, config.program().version(), backend));
    ResultFiles.write(folder, analysis);
    listener.analysed(analysis.dictionary(), (System.nanoTime() - began) / 1e9);
    return analysis.dictionary();
  }

  /** Deletes what is known of the latents of an SAE that is no more. */
  private void deleteAnalyses(int k) {
    for (Kind kind :
        List.of(Kind.ANALYSIS, Kind.PUBLISHED_ANALYSIS, Kind.FEATURE_LABELS, Kind.ABLATION)) {
      folder.delete(folder.files(kind, k));
    }
  }

  private Path checkpoint(int k) {
    return folder.file(Kind.CHECKPOINT, data.site(), config.recipe().dSae(), k);
  }

  private Provenance provenance(int k) {
    return new Provenance(
        config.recipe().training(k, data.train().dIn()),
        data.site(),
        config.recipe().inputScaling(),
        data.inputFactor(),
        backend.engine().name(),
        backend.engine().precision(),
        data.train().source(),
        data.validation().source());
  }
}
