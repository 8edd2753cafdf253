package io.saenative.analysis;

import io.saenative.data.Activations;
import io.saenative.data.synthetic.PlantedTruth;

/**
 * The rows of an analysis, as the SAE sees them.
 *
 * @param validation the rows analysed
 * @param train where latents may be dead too; null if not at hand
 * @param truth what was planted in them; null unless they are the synthetic set
 */
public record AnalysedData(Activations validation, Activations train, PlantedTruth truth) {}
