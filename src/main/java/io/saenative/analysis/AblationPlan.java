package io.saenative.analysis;

import io.saenative.UserError;
import io.saenative.analysis.Intervention.Scale;
import io.saenative.analysis.Intervention.Swap;
import io.saenative.analysis.Intervention.Zero;
import io.saenative.analysis.latents.LatentStatistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The interventions that are asked for.
 *
 * @param latents to be set to 0, each alone and then all together
 * @param top the same for so many latents, the most frequent ones
 */
public record AblationPlan(List<Integer> latents, int top, List<Swap> swaps, List<Scale> scales) {

  /**
   * @throws UserError if there are fewer latents than {@code top}
   */
  List<Intervention> interventions(LatentStatistics statistics) {
    if (top > statistics.dSae()) {
      throw new UserError(
          "there are no "
              + top
              + " latents, only "
              + statistics.dSae()
              + ": choose a smaller --top");
    }
    List<Integer> zeroed = new ArrayList<>(latents);
    Arrays.stream(statistics.ranking())
        .limit(top)
        .filter(latent -> !latents.contains(latent))
        .forEach(zeroed::add);
    List<Intervention> all = new ArrayList<>();
    zeroed.forEach(latent -> all.add(new Zero(List.of(latent))));
    if (zeroed.size() > 1) {
      all.add(new Zero(List.copyOf(zeroed)));
    }
    all.addAll(swaps);
    all.addAll(scales);
    return all;
  }
}
