package io.saenative.analysis.control;

import java.util.BitSet;

/**
 * A way of calling latents specialised that can be asked again after the labels have been dealt out
 * anew.
 */
interface SpecialisationRule {
  /**
   * The specialised latents if row i had the label of row {@code labelOf[i]}. May be called from
   * several threads.
   *
   * @param labelOf a permutation of the rows
   */
  BitSet specialised(int[] labelOf);
}
