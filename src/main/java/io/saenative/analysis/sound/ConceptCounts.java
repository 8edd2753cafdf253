package io.saenative.analysis.sound;

import io.saenative.analysis.latents.EncodingPass;
import io.saenative.analysis.latents.EncodingPass.ActiveLatents;
import io.saenative.analysis.latents.LatentStatistics.Sign;

/**
 * On how many rows each latent is active with each sign while each concept holds: one streaming
 * pass whose memory is d_sae × concepts.
 */
public final class ConceptCounts implements EncodingPass.Consumer {
  /** Latents × concepts that are counted together at most: with their p, 16 to 24 bytes each. */
  private static final int MAX_PAIRS = 1 << 25;

  private final Concepts concepts;
  private final int size;
  private final int[] positive;
  private final int[] negative;

  public ConceptCounts(int dSae, Concepts concepts) {
    this.concepts = concepts;
    size = concepts.vocabulary().size();
    positive = new int[Math.multiplyExact(dSae, size)];
    negative = new int[positive.length];
  }

  @Override
  public void row(int row, ActiveLatents active) {
    int[] holding = concepts.onRow(row);
    for (int i = 0; i < active.count(); i++) {
      int[] counts = active.values()[i] > 0 ? positive : negative;
      int base = active.latents()[i] * size;
      for (int concept : holding) {
        counts[base + concept]++;
      }
    }
  }

  /** Number of concepts that can be counted together with so many latents. */
  public static int mostConcepts(int dSae) {
    return Math.max(1, MAX_PAIRS / dSae);
  }

  public Concepts concepts() {
    return concepts;
  }

  /** Rows on which the latent is active with the sign and the concept holds. */
  public int both(int latent, Sign sign, int concept) {
    int i = latent * size + concept;
    return switch (sign) {
      case BOTH -> positive[i] + negative[i];
      case POSITIVE -> positive[i];
      case NEGATIVE -> negative[i];
    };
  }
}
