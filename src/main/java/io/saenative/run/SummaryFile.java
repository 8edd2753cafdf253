package io.saenative.run;

import io.saenative.UserError;
import io.saenative.format.AtomicFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** {@link RunSummary} as a file, to which several processes may add their K at the same time. */
final class SummaryFile {
  private SummaryFile() {}

  /**
   * Reads a summary.
   *
   * @throws UserError if this program has not written it
   */
  static RunSummary read(Path file) {
    if (JsonFile.field(file, "sae_native").isEmpty()) {
      throw new UserError(
          file
              + " was not written by this program and will not be replaced: choose another"
              + " --output-dir");
    }
    return JsonFile.read(file, RunSummary.class);
  }

  /**
   * Adds results to the file, or puts them in place of earlier ones with the same K.
   *
   * @param longer whether the file's results are replaced if they are of other settings, which can
   *     only be fewer epochs
   * @throws UserError if the file holds results of other settings and may not be replaced
   */
  static void add(Path file, RunSummary summary, boolean longer) {
    AtomicFile.holding(
        file,
        () -> {
          if (!Files.exists(file)) {
            JsonFile.writeIndented(file, summary);
            return;
          }
          RunSummary there = read(file);
          Optional<String> difference = there.difference(summary);
          if (difference.isPresent() && !longer) {
            throw new UserError(
                file
                    + " was changed meanwhile and holds results of other settings ("
                    + difference.get()
                    + "): choose another --output-dir");
          }
          JsonFile.writeIndented(file, difference.isPresent() ? summary : there.with(summary));
        });
  }
}
