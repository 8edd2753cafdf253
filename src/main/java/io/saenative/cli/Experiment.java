package io.saenative.cli;

import io.saenative.UserError;
import io.saenative.analysis.AnalysedData;
import io.saenative.analysis.AnalysisRequest;
import io.saenative.analysis.SaeAnalysis;
import io.saenative.report.ReportWriter;
import io.saenative.run.AnalysisFile;
import io.saenative.run.Backends;
import io.saenative.run.ExperimentCheckpoint;
import io.saenative.run.Provenance;
import io.saenative.run.RunFiles;
import io.saenative.run.Summary;
import io.saenative.run.TrainingCheckpoint;
import io.saenative.sae.Session;
import io.saenative.train.Ahead;
import io.saenative.train.Trainer;
import io.saenative.train.TrainingState;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * The job of {@code run}: for each K train, validate, save, analyse. {@link #prepare} refuses all
 * that can be refused and writes nothing; {@link #run} then does the work.
 */
final class Experiment {
  /** A crash, unlike an interruption, loses at most this much work. */
  private static final long CHECKPOINT_EVERY_NANOS = 60_000_000_000L;

  private final RunOptions options;
  private final AnalysisOptions analysis;
  private final PrintWriter out;
  private final Backends.Choice backend;
  private final RunData data;
  private final Summary summary;
  private final Map<Integer, TrainingCheckpoint> resumable = new TreeMap<>();
  private final List<Summary.Result> results = new ArrayList<>();
  private final SpecialisationTable specialisation = new SpecialisationTable();
  private long lastSaved;

  private Experiment(RunOptions options, AnalysisOptions analysis, PrintWriter out) {
    this.options = options;
    this.analysis = analysis;
    this.out = out;
    Ahead<RunData> rows =
        Ahead.of(
            () -> RunData.load(options)); // beside the opening of a device: neither needs the other
    backend = options.engine.choose();
    data = rows.get();
    summary =
        new Summary(
            options.outputDir(),
            options.layer,
            options.position,
            data.train().rows(),
            data.validation().rows(),
            new Summary.Program(Version.text(), backend.engine().describe(), backend.reason()));
  }

  /**
   * Chooses the backend, loads the data and checks everything.
   *
   * @throws UserError if the run cannot be done as asked
   */
  static Experiment prepare(RunOptions options, AnalysisOptions analysis, PrintWriter out) {
    Experiment experiment = new Experiment(options, analysis, out);
    experiment.checkCheckpoints();
    Provenance first = experiment.provenance(options.ks().getFirst());
    if (!options.noAnalysis) {
      SaeAnalysis.requireAnalysable(first.run().sae());
      experiment.request(first);
    }
    RunFiles.requireNoOther(options.outputDir(), options.layer, options.position);
    Resources.requireMemory(first.run());
    Optional<String> replaced = experiment.summary.replaces(first);
    Resources.requireWritable(options.outputDir());
    RunHeader.print(out, options, experiment.data, first, experiment.backend);
    replaced.ifPresent(text -> out.println("note     " + text));
    return experiment;
  }

  /**
   * Trains every K.
   *
   * @param stop asked before each epoch
   * @return whether all was done; false if stopped before
   */
  boolean run(BooleanSupplier stop) {
    for (int k : options.ks()) {
      if (stop.getAsBoolean() || !train(k, stop)) {
        out.println("interrupted; the same command with --resume goes on from here");
        return false;
      }
    }
    ResultsTable.print(out, results);
    if (!options.noAnalysis) {
      specialisation.print(out);
      writeReport();
    }
    out.println("summary in " + summary.file());
    return true;
  }

  private void writeReport() {
    out.flush();
    ReportWriter.Written written = ReportWriter.write(options.outputDir());
    written.note().ifPresent(note -> out.println("note     " + note));
    out.println("report in " + written.page());
  }

  /**
   * Trains one K, saves it, analyses it and adds it to the results; false if stopped before its
   * last epoch.
   */
  private boolean train(int k, BooleanSupplier stop) {
    Provenance provenance = provenance(k);
    Path checkpoint = checkpoint(provenance, ".safetensors");
    TrainingState start = start(provenance);
    lastSaved = System.nanoTime();
    try (Session session =
            backend.engine().open(provenance.run().sae(), provenance.run().optimizer());
        Progress progress = new Progress(out, k, start.epochsDone(), options.epochs)) {
      Trainer.Outcome outcome =
          Trainer.train(
              session,
              provenance.run(),
              data.train(),
              data.validation(),
              start,
              (history, state) -> {
                progress.epochDone(history);
                if (System.nanoTime() - lastSaved > CHECKPOINT_EVERY_NANOS) {
                  TrainingCheckpoint.write(checkpoint, provenance, state.get());
                  lastSaved = System.nanoTime();
                }
              },
              stop);
      if (outcome.state().epochsDone() > start.epochsDone()) {
        TrainingCheckpoint.write(checkpoint, provenance, outcome.state());
        AnalysisFile.delete(options.outputDir(), options.layer, options.position, k);
      }
      if (outcome.interrupted()) {
        return false;
      }
      exportForExperiment(provenance, outcome);
      Summary.Result result =
          new Summary.Result(
              provenance, outcome.validation(), outcome.state().history(), relative(checkpoint));
      if (summary.replaces(provenance).isPresent()) {
        AnalysisFile.deleteAll(options.outputDir(), options.layer, options.position);
      }
      summary.add(result);
      results.add(result);
      if (!options.noAnalysis) {
        analyse(session, provenance);
      }
      return true;
    }
  }

  private void analyse(Session session, Provenance provenance) {
    long began = System.nanoTime();
    AnalysedData rows = new AnalysedData(data.validation(), data.train(), data.truth());
    SaeAnalysis result = SaeAnalysis.of(session, provenance.run().sae(), rows, request(provenance));
    AnalysisFile.write(options.outputDir(), result);
    specialisation.add(result.dictionary(), (System.nanoTime() - began) / 1e9);
  }

  private AnalysisRequest request(Provenance provenance) {
    return analysis.request(
        relative(checkpoint(provenance, ".safetensors")),
        data.validation().source(),
        options.layer,
        options.position,
        provenance.run().sae().dSae(),
        options.seed,
        backend);
  }

  private String relative(Path file) {
    return options.outputDir().relativize(file).toString();
  }

  private void exportForExperiment(Provenance provenance, Trainer.Outcome outcome) {
    Path file = checkpoint(provenance, ".pt");
    if (provenance.isExperimentsModel()) {
      ExperimentCheckpoint.write(file, provenance, outcome.state(), outcome.validation());
      return;
    }
    try {
      // Of an earlier run with other settings; beside the new .safetensors it would mislead.
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UserError("cannot remove the outdated " + file + ": " + e.getMessage(), e);
    }
  }

  private TrainingState start(Provenance provenance) {
    int k = provenance.run().sae().k();
    TrainingCheckpoint checkpoint = resumable.get(k);
    if (checkpoint == null) {
      if (options.resume) {
        out.println("K = " + k + ": no checkpoint, starts fresh");
      }
      return TrainingState.initial(provenance.run());
    }
    int done = checkpoint.epochsDone();
    boolean complete = done == options.epochs;
    out.println(
        "K = "
            + k
            + (complete
                ? ": already trained for " + done + " epochs"
                : ": goes on after epoch " + done));
    return checkpoint.state();
  }

  /**
   * Opens the checkpoints to resume from, so that one that does not fit is refused before the first
   * training.
   */
  private void checkCheckpoints() {
    for (int k : options.ks()) {
      Provenance provenance = provenance(k);
      Path file = checkpoint(provenance, ".safetensors");
      if (options.resume && Files.exists(file)) {
        TrainingCheckpoint checkpoint = TrainingCheckpoint.open(file);
        checkpoint.requireSame(provenance);
        resumable.put(k, checkpoint);
      }
    }
  }

  private Path checkpoint(Provenance provenance, String ending) {
    return options.outputDir().resolve("checkpoints").resolve(provenance.name() + ending);
  }

  private Provenance provenance(int k) {
    return new Provenance(
        options.run(k, data.train().dIn()),
        options.layer,
        options.position,
        options.inputScaling,
        data.inputFactor(),
        backend.engine().name(),
        backend.engine().precision(),
        data.train().source(),
        data.validation().source());
  }
}
