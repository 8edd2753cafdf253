package io.saenative.analysis.latents;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Latents active on no row, ascending; always of a set that is named. */
public record DeadLatents(List<Integer> onTrain, List<Integer> onValidation, List<Integer> onBoth) {
  public static DeadLatents of(LatentStatistics train, LatentStatistics validation) {
    IntPredicate onTrain = latent -> train.firingCount(latent) == 0;
    IntPredicate onValidation = latent -> validation.firingCount(latent) == 0;
    int dSae = train.dSae();
    return new DeadLatents(
        where(dSae, onTrain), where(dSae, onValidation), where(dSae, onTrain.and(onValidation)));
  }

  private static List<Integer> where(int dSae, IntPredicate dead) {
    return IntStream.range(0, dSae).filter(dead).boxed().toList();
  }
}
