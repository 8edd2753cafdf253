package io.saenative.analysis.published;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.saenative.analysis.Pipeline;
import io.saenative.analysis.Shared;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.PublishedAnalysis.Setting;
import io.saenative.data.Site;
import java.time.LocalDate;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The published mode on real activations against the files of the experiment's own Python. */
class PipelineParityTest {
  private static final LocalDate DATE = LocalDate.of(2025, 10, 27);

  @ParameterizedTest
  @CsvSource({
    "100, 50, 200, activation_analysis_layer3_pos3_rank50-200.json",
    "100, 400, 512, activation_analysis_layer3_pos3_rank400-512.json",
    "300, 50, 200, activation_analysis_layer3_pos3_rank50-200_k300.json",
    "300, 400, 512, activation_analysis_layer3_pos3_rank400-512_k300.json"
  })
  void analysisIsThatOfTheExperiment(int k, int start, int end, String name) throws Exception {
    PublishedAnalysis expected =
        PythonJson.read(Shared.text("pipeline/" + name), PublishedAnalysis.class);
    Pipeline pipeline = Pipeline.load(k);
    LatentStatistics statistics = pipeline.statistics();
    PublishedAnalysis actual = analysis(statistics, pipeline, k, start, end);

    PublishedParity.assertSame(expected, actual, analysis(statistics, pipeline, k, 1, 512));
    assertEquals(
        "K=" + k + ", d=512", actual.metadata().saeConfig(), "the experiment always writes K=100");
  }

  private static PublishedAnalysis analysis(
      LatentStatistics statistics, Pipeline pipeline, int k, int start, int end) {
    Setting setting =
        new Setting(Optional.of(new Site(3, 3)), false, k, new RankWindow(start, end), DATE);
    return PublishedAnalysis.of(
        statistics, new TopTexts(statistics, pipeline.validation().labels()), setting);
  }
}
