package io.saenative.run;

import io.saenative.UserError;
import io.saenative.analysis.DictionaryAnalysis.Sae;
import io.saenative.analysis.SaeAnalysis;
import io.saenative.analysis.control.PermutationControl;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.sound.SoundRule.Criteria;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What counts as specialised, and what an analysis is held against.
 *
 * @param criteria of the sound rule
 * @param window of frequency ranks that the published tables look at
 * @param permutations of the labels for the chance levels; 0 leaves these out
 * @param seed of the permutations
 */
public record AnalysisSettings(Criteria criteria, RankWindow window, int permutations, long seed) {
  /** The experiment's window is 400 to 512 of 512 ranks; other dictionaries are in proportion. */
  private static final int EXPERIMENTS_START = 400;

  private static final int EXPERIMENTS_LATENTS = 512;

  /** Those of the experiment's window and the usual criteria. */
  static AnalysisSettings usual(ExperimentConfig.Recipe recipe) {
    return new AnalysisSettings(
        Criteria.DEFAULT,
        window(Optional.empty(), Optional.empty(), recipe.dSae()),
        PermutationControl.PERMUTATIONS,
        recipe.seed());
  }

  /**
   * The window of a dictionary.
   *
   * @param start first rank, from 1; empty for the experiment's in proportion
   * @param end last rank; empty for that of the last latent
   * @throws UserError if it does not lie in the dictionary
   */
  public static RankWindow window(Optional<Integer> start, Optional<Integer> end, int dSae) {
    int last = end.orElse(dSae);
    int experiments = (int) Math.ceilDiv((long) dSae * EXPERIMENTS_START, EXPERIMENTS_LATENTS);
    int first = start.orElse(Math.min(experiments, last));
    RankWindow window = new RankWindow(first, last);
    if (last > dSae) {
      throw new UserError(
          "ranks %d to %d do not lie in 1 to %d, the number of latents: choose another --end-rank"
              .formatted(first, last, dSae));
    }
    return window;
  }

  /**
   * What is asked of one SAE.
   *
   * @param version of the program
   */
  public SaeAnalysis.Request request(Sae sae, String version, Backends.Choice backend) {
    return new SaeAnalysis.Request(
        sae, backend.madeBy(version), criteria, window, permutations, seed);
  }

  /** By name, as they are compared and told. */
  Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("min_support", criteria.minSupport());
    settings.put("q", criteria.q());
    settings.put("min_precision", criteria.precision());
    settings.put("min_lift", criteria.lift());
    settings.put("window", window.start() + "-" + window.end());
    settings.put("permutations", permutations);
    return settings;
  }
}
