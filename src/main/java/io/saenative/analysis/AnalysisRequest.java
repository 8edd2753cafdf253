package io.saenative.analysis;

import io.saenative.analysis.concepts.Criteria;
import java.time.LocalDate;

/**
 * What is to be analysed, and how.
 *
 * @param checkpoint the file that holds the SAE, as the analysis should name it
 * @param criteria of the sound rule
 * @param window a view for the published tables; the whole dictionary is analysed
 * @param permutations of the labels for the chance levels; 0 leaves these out
 * @param seed of the permutations
 * @param backend one line on what the codes are computed on
 */
public record AnalysisRequest(
    String checkpoint,
    int layer,
    int position,
    Criteria criteria,
    RankWindow window,
    int permutations,
    long seed,
    String programVersion,
    String backend,
    LocalDate date) {}
