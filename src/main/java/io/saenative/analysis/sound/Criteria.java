package io.saenative.analysis.sound;

import io.saenative.UserError;

/**
 * When a latent counts as specialised for a concept.
 *
 * @param minSupport least number of rows on which the latent is active while the concept holds;
 *     latents and concepts that cannot reach it are not tested
 * @param q the adjusted p must be below
 * @param precision the precision must be at least
 * @param lift the lift must be at least
 */
public record Criteria(int minSupport, double q, double precision, double lift) {
  public static final Criteria DEFAULT = new Criteria(10, 0.05, 0.7, 2);

  public Criteria {
    if (minSupport < 1
        || !(q > 0 && q <= 1)
        || !(precision >= 0 && precision <= 1)
        || !(lift >= 0)) {
      throw new UserError(
          "specialisation needs a support of at least 1, q above 0 up to 1, precision from 0 to 1"
              + " and lift from 0, not "
              + "support %d, q %s, precision %s, lift %s"
                  .formatted(minSupport, q, precision, lift));
    }
  }

  /** Whether the table's effect is large enough; its q is another matter. */
  public boolean largeEnough(ContingencyTable table) {
    return table.both() >= minSupport && table.precision() >= precision && table.lift() >= lift;
  }
}
