package io.saenative.cli;

import io.saenative.UserError;
import io.saenative.format.AtomicFile;
import io.saenative.sae.SaeConfig;
import io.saenative.tensor.Allocation;
import io.saenative.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** What a run needs of the machine, asked for before any work is done. */
final class Resources {
  private static final double GB = 1e9;

  private Resources() {}

  /**
   * Refuses a training that memory cannot hold.
   *
   * @throws UserError saying how much is needed and how much there is
   */
  static void requireMemory(TrainingRun run) {
    requireMemory(run, Allocation.availableBytes());
  }

  static void requireMemory(TrainingRun run, long available) {
    long needed = needed(run);
    if (needed > available) {
      throw new UserError(
          String.format(
              Locale.ROOT,
              "not enough memory: training %d latents on %d inputs in batches of %d needs at least"
                  + " %.1f GB and %.1f GB are available: choose a smaller --latent-dim or"
                  + " --batch-size",
              run.sae().dSae(),
              run.sae().dIn(),
              run.optimizer().batchSize(),
              needed / GB,
              available / GB));
    }
  }

  /**
   * Lower bound in bytes at four bytes a number: parameters, gradients and two moments in the
   * session; parameters and moments again for a checkpoint, with the decoder once more for its
   * transpose; pre-activations, input and residual of one batch.
   */
  static long needed(TrainingRun run) {
    SaeConfig c = run.sae();
    long matrix = (long) c.dSae() * c.dIn();
    long parameters = 2 * matrix + c.dSae() + c.dIn();
    long batch = (long) run.optimizer().batchSize() * (c.dSae() + 2L * c.dIn());
    return 4 * (7 * parameters + matrix + batch);
  }

  /**
   * Makes sure that results can be written, creating the folder and its {@code checkpoints}. Called
   * when nothing else can be refused any more.
   *
   * @throws UserError if they cannot; then no folder is left that was not there before
   */
  static void requireWritable(Path outputDir) {
    Path folder = outputDir.resolve("checkpoints");
    Deque<Path> created = new ArrayDeque<>();
    try {
      create(folder.toAbsolutePath(), created);
      Files.delete(Files.createTempFile(folder, ".writable", null));
    } catch (IOException e) {
      remove(created);
      throw new UserError(
          "cannot write to "
              + folder
              + ": "
              + AtomicFile.reason(e)
              + ": choose another --output-dir",
          e);
    }
  }

  /** Creates a folder and those above it that are missing, and puts them on the stack. */
  private static void create(Path folder, Deque<Path> created) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    if (folder.getParent() != null) {
      create(folder.getParent(), created);
    }
    if (!Files.isDirectory(folder)) { // a/.. is there as soon as a is
      Files.createDirectory(folder);
      created.push(folder);
    }
  }

  private static void remove(Deque<Path> created) {
    for (Path folder : created) {
      try {
        Files.delete(folder);
      } catch (IOException e) {
        return; // the refusal is what the user must hear
      }
    }
  }
}
