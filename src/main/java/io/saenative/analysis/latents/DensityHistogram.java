package io.saenative.analysis.latents;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Latents by activation frequency, on a logarithmic axis that ends at 1 and reaches down to one row
 * in all.
 *
 * @param edges ascending, one more than bins: bin i holds frequencies from edge i (inclusive) to
 *     edge i + 1 (exclusive; the last bin inclusive)
 * @param counts latents in each bin
 * @param dead latents active on no row, in no bin
 */
public record DensityHistogram(List<Double> edges, List<Integer> counts, int dead) {
  private static final int BINS_PER_DECADE = 5;

  public static DensityHistogram of(LatentStatistics statistics) {
    int bins = Math.max(1, (int) Math.ceil(BINS_PER_DECADE * Math.log10(statistics.rows()) - 1e-9));
    int[] counts = new int[bins];
    int dead = 0;
    for (int latent = 0; latent < statistics.dSae(); latent++) {
      double frequency = statistics.frequency(latent);
      if (frequency == 0) {
        dead++;
      } else {
        counts[bin(frequency, bins)]++;
      }
    }
    List<Double> edges = new ArrayList<>();
    for (int i = 0; i <= bins; i++) {
      edges.add(edge(i, bins));
    }
    return new DensityHistogram(edges, IntStream.of(counts).boxed().toList(), dead);
  }

  /**
   * The last bin whose lower edge the frequency reaches; judged by the edges themselves, not by a
   * rounded logarithm.
   */
  private static int bin(double frequency, int bins) {
    int bin = bins - 1;
    while (bin > 0 && frequency < edge(bin, bins)) {
      bin--;
    }
    return bin;
  }

  private static double edge(int i, int bins) {
    return Math.pow(10, (double) (i - bins) / BINS_PER_DECADE);
  }
}
