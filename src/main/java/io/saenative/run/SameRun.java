package io.saenative.run;

import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One report must not compare SAEs of different data or sizes: what the first file says binds the
 * others.
 */
final class SameRun {
  /** What the files of one run share. */
  private record Run(int layer, int position, int dIn, int dSae, String sha256) {}

  private Path first;
  private Run run;

  SameRun(Optional<Fields> summary) {
    summary.ifPresent(
        s -> {
          Fields config = s.at("config");
          first = s.file();
          run =
              new Run(
                  config.integer("layer"),
                  config.integer("position"),
                  config.integer("input_dim"),
                  config.integer("latent_dim"),
                  s.at("sae_native", "data", "validation").text("sha256"));
        });
  }

  /**
   * @throws UserError if the analysis is of another run
   */
  void require(Path file, DictionaryAnalysis a) {
    Run its = new Run(a.layer(), a.position(), a.dIn(), a.dSae(), a.data().sha256());
    if (run == null) {
      first = file;
      run = its;
    }
    if (!its.equals(run)) {
      throw new UserError(
          file
              + " is of another layer, position, size or validation data than "
              + first
              + ": analyse again or give each a folder of its own");
    }
  }
}
