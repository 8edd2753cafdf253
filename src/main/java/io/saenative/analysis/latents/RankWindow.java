package io.saenative.analysis.latents;

import io.saenative.UserError;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A view of the dictionary by frequency rank.
 *
 * @param start first rank, from 1 (the most frequent latent)
 * @param end last rank, inclusive; latents beyond the dictionary do not exist and are not missed
 */
public record RankWindow(int start, int end) {
  public RankWindow {
    if (start < 1 || end < start) {
      throw new UserError(
          "ranks %d to %d: --start-rank must be 1 or more, --end-rank not below it"
              .formatted(start, end));
    }
  }

  /**
   * The latents of the window, the most frequent first.
   *
   * @param ranking all latents, the most frequent first
   */
  public IntStream of(int[] ranking) {
    return Arrays.stream(ranking).skip(start - 1L).limit(end - start + 1L);
  }
}
