package io.saenative.analysis.planted;

/**
 * A direction that a synthetic set is known to contain.
 *
 * @param concept what its rows have in common, named as {@link io.saenative.analysis.concepts.Concept} names it; null if
 *     nothing in their texts tells of it
 * @param direction [d_in], of any length but 0
 */
public record Planted(String concept, float[] direction) {}
