package io.saenative.analysis;

import io.saenative.analysis.DictionaryAnalysis.MadeBy;
import io.saenative.analysis.DictionaryAnalysis.Sae;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.sound.SoundRule.Criteria;

/**
 * What is to be analysed, and how.
 *
 * @param criteria of the sound rule
 * @param window a view for the published tables; the whole dictionary is analysed
 * @param permutations of the labels for the chance levels; 0 leaves these out
 * @param seed of the permutations
 */
public record AnalysisRequest(
    Sae sae, MadeBy madeBy, Criteria criteria, RankWindow window, int permutations, long seed) {}
