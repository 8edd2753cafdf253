package io.saenative.cli;

import io.saenative.analysis.control.PermutationControl;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.run.AnalysisSettings;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What counts as specialised, and the window of ranks that the published tables look at. */
final class AnalysisOptions {
  @Section.Begins(Section.ANALYSIS)
  @Option(
      names = "--start-rank",
      paramLabel = "RANK",
      description =
          "First frequency rank of the window that published tables look at (400 of 512, in"
              + " proportion).")
  private @Nullable Integer startRank;

  @Option(
      names = "--end-rank",
      paramLabel = "RANK",
      description = "Last rank of the window (that of the last latent).")
  private @Nullable Integer endRank;

  @Option(
      names = "--min-support",
      paramLabel = "N",
      defaultValue = "10",
      description = "Rows that a specialised latent and its concept must share (${DEFAULT-VALUE}).")
  private int minSupport;

  @Option(
      names = "--q",
      paramLabel = "Q",
      defaultValue = "0.05",
      description = "False discovery rate below which a latent is specialised (${DEFAULT-VALUE}).")
  private double q;

  @Option(
      names = "--min-precision",
      paramLabel = "SHARE",
      defaultValue = "0.7",
      description = "Least share of its rows on which the concept holds (${DEFAULT-VALUE}).")
  private double precision;

  @Option(
      names = "--min-lift",
      paramLabel = "X",
      defaultValue = "2",
      description =
          "Least ratio of that share to the concept's share of all rows (${DEFAULT-VALUE}).")
  private double lift;

  @Option(
      names = "--permutations",
      paramLabel = "N",
      defaultValue = "" + PermutationControl.PERMUTATIONS,
      description = "Label permutations for the chance levels, 0 for none (${DEFAULT-VALUE}).")
  private int permutations;

  /**
   * What these options ask for of a dictionary.
   *
   * @param seed of the permutations
   * @throws UserError if it cannot be asked of a dictionary of this size
   */
  AnalysisSettings settings(int dSae, long seed) {
    return new AnalysisSettings(
        new Criteria(minSupport, q, precision, lift),
        AnalysisSettings.window(Optional.ofNullable(startRank), Optional.ofNullable(endRank), dSae),
        permutations,
        seed);
  }

  /** What is wrong with these options whatever the SAE. */
  Optional<String> mistake() {
    return permutations < 0
        ? Optional.of("--permutations must be 0 for none, or a count, not " + permutations)
        : Optional.empty();
  }
}
