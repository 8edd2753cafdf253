package io.saenative.cli;

import io.saenative.UserError;
import io.saenative.analysis.AnalysisRequest;
import io.saenative.analysis.control.PermutationControl;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.sound.Criteria;
import io.saenative.data.Activations.Source;
import io.saenative.run.Backends;
import java.time.LocalDate;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What counts as specialised, and the window of ranks that the published tables look at. */
final class AnalysisOptions {
  /**
   * The experiment's window is 400 to 512 of 512 ranks; dictionaries of other sizes are looked at
   * in proportion.
   */
  private static final int EXPERIMENTS_START = 400;

  private static final int EXPERIMENTS_LATENTS = 512;

  @Option(
      names = "--start-rank",
      paramLabel = "RANK",
      description =
          "First frequency rank of the window that published tables look at (400 of 512, in"
              + " proportion).")
  private Integer startRank;

  @Option(
      names = "--end-rank",
      paramLabel = "RANK",
      description = "Last rank of the window (that of the last latent).")
  private Integer endRank;

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
   * What these options ask for of one SAE.
   *
   * @param checkpoint its file
   * @param trainedBeside validation rows of its training, null if not known
   * @throws UserError if it cannot be asked of a dictionary of this size
   */
  AnalysisRequest request(
      String checkpoint,
      Source trainedBeside,
      int layer,
      int position,
      int dSae,
      long seed,
      Backends.Choice backend) {
    return new AnalysisRequest(
        checkpoint,
        trainedBeside,
        layer,
        position,
        new Criteria(minSupport, q, precision, lift),
        window(dSae),
        permutations,
        seed,
        Version.text(),
        backend.describe(),
        LocalDate.now());
  }

  private RankWindow window(int dSae) {
    int end = endRank == null ? dSae : endRank;
    int start = startRank == null ? Math.min(defaultStart(dSae), end) : startRank;
    RankWindow window = new RankWindow(start, end);
    if (end > dSae) {
      throw new UserError(
          "ranks %d to %d do not lie in 1 to %d, the number of latents: choose another --end-rank"
              .formatted(start, end, dSae));
    }
    return window;
  }

  private static int defaultStart(int dSae) {
    return (int) Math.ceilDiv((long) dSae * EXPERIMENTS_START, EXPERIMENTS_LATENTS);
  }

  /** What is wrong with these options whatever the SAE. */
  Optional<String> mistake() {
    return permutations < 0
        ? Optional.of("--permutations must be 0 for none, or a count, not " + permutations)
        : Optional.empty();
  }
}
