package io.saenative.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.Ablation;
import io.saenative.analysis.Ablation.Effect;
import io.saenative.analysis.Intervention;
import io.saenative.analysis.Pipeline;
import io.saenative.analysis.PlantedScore.RuleScore;
import io.saenative.analysis.control.PermutationControl;
import io.saenative.analysis.control.StoredCodes;
import io.saenative.analysis.latents.Activity;
import io.saenative.analysis.latents.Activity.DeadLatents;
import io.saenative.analysis.latents.DictionaryGeometry;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.sound.ConceptCounts;
import io.saenative.analysis.sound.Concepts;
import io.saenative.analysis.sound.SoundRule;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.data.Activations.Label;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A report is rebuilt from files alone: every result comes back from its JSON as it was. Real
 * latents, K = 100.
 */
class ResultsAsJsonTest {
  @TempDir private Path folder;

  private <T> void assertComesBack(T result, Class<T> type) {
    Path file = folder.resolve(type.getSimpleName() + ".json");
    JsonFile.write(file, result);
    assertEquals(result, JsonFile.read(file, type));
  }

  @Test
  void everyResultComesBackFromItsJson() throws Exception {
    Pipeline pipeline = Pipeline.load(100);
    RankWindow window = new RankWindow(400, 512);
    List<Label> labels = pipeline.validation().labels();
    LatentStatistics statistics = pipeline.statistics();
    ConceptCounts counts =
        new ConceptCounts(
            512, Concepts.of(labels, Criteria.DEFAULT.minSupport(), Integer.MAX_VALUE));
    counts.accept(0, pipeline.codes());
    StoredCodes stored = new StoredCodes(512, labels.size(), PermutationControl.MAX_ROWS, 1);
    stored.accept(0, pipeline.codes());
    Ablation ablation =
        new Ablation(
            pipeline.parameters(),
            pipeline.validation().x(),
            List.of(
                new Intervention.Zero(List.of(3, 4)),
                new Intervention.Swap(3, 4),
                new Intervention.Scale(3, 2)));
    ablation.accept(0, pipeline.codes());

    SoundRule analysis = SoundRule.of(statistics, counts, Criteria.DEFAULT);
    assertTrue(
        analysis.specialisedLatents().length > 0,
        "associations and their intervals are in the file");
    assertComesBack(analysis, SoundRule.class);
    assertComesBack(
        PermutationControl.of(stored, labels, counts.concepts(), Criteria.DEFAULT, window, 20, 1),
        PermutationControl.class);
    DeadLatents dead = DeadLatents.of(new long[512], new long[512]);
    assertComesBack(Activity.of(statistics, window, dead), Activity.class);
    assertComesBack(
        DictionaryGeometry.of(DictionaryGeometry.latents(pipeline.parameters(), 5)),
        DictionaryGeometry.class);
    assertComesBack(new RuleScore(0, 0, 0, 1, 1, 0, Double.NaN, 0.0), RuleScore.class);
    for (Effect effect : ablation.effects()) {
      assertComesBack(effect, Effect.class);
    }
  }
}
