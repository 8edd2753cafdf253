package io.saenative.analysis.control;

import io.saenative.analysis.control.PermutationControl.SpecialisationRule;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.published.PublishedRule;
import io.saenative.data.Activations.Label;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/** The experiment's rule: it sees the texts of each latent's top rows only. */
final class PermutedPublishedRule implements SpecialisationRule {
  private final int[] matches;
  private final int[][] topRows;

  PermutedPublishedRule(LatentStatistics statistics, List<Label> labels) {
    matches =
        labels.stream()
            .mapToInt(l -> PublishedRule.matches(PublishedRule.text(l.cotSequence())))
            .toArray();
    topRows =
        IntStream.range(0, statistics.dSae())
            .mapToObj(latent -> statistics.unorderedTopRows(latent).toArray())
            .toArray(int[][]::new);
  }

  @Override
  public BitSet specialised(int[] labelOf) {
    int[] dealt = Arrays.stream(labelOf).map(label -> matches[label]).toArray();
    BitSet specialised = new BitSet(topRows.length);
    PublishedRule.Counts counts = new PublishedRule.Counts();
    for (int latent = 0; latent < topRows.length; latent++) {
      if (topRows[latent].length > 0) {
        counts.clear();
        for (int row : topRows[latent]) {
          counts.add(dealt[row]);
        }
        specialised.set(latent, counts.specialised());
      }
    }
    return specialised;
  }
}
