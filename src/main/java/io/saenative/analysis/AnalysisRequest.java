package io.saenative.analysis;

import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.sound.Criteria;
import io.saenative.data.Activations.Source;
import io.saenative.data.Site;
import java.time.LocalDate;
import java.util.Optional;

/**
 * What is to be analysed, and how.
 *
 * @param checkpoint the file that holds the SAE, as the analysis should name it
 * @param trainedBeside the validation rows of its training, null if the checkpoint does not tell
 * @param criteria of the sound rule
 * @param window a view for the published tables; the whole dictionary is analysed
 * @param permutations of the labels for the chance levels; 0 leaves these out
 * @param seed of the permutations
 * @param backend one line on what the codes are computed on
 */
public record AnalysisRequest(
    String checkpoint,
    Source trainedBeside,
    Optional<Site> site,
    Criteria criteria,
    RankWindow window,
    int permutations,
    long seed,
    String programVersion,
    String backend,
    LocalDate date) {}
