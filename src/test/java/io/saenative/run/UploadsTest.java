package io.saenative.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.data.InputScaling;
import io.saenative.data.Site;
import io.saenative.format.AtomicFile;
import io.saenative.format.SafetensorsFile;
import io.saenative.run.ExperimentConfig.Compute;
import io.saenative.run.ExperimentConfig.Existing;
import io.saenative.run.ExperimentConfig.Files;
import io.saenative.run.ExperimentConfig.Inputs;
import io.saenative.run.ExperimentConfig.Output;
import io.saenative.run.ExperimentConfig.Program;
import io.saenative.run.ExperimentConfig.Recipe;
import io.saenative.sae.Dataset;
import io.saenative.sae.Engine;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Split;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.Tensor;
import io.saenative.train.History;
import io.saenative.train.RandomRuns;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run sends to its backend: training and validation rows once, however many K it has. */
class UploadsTest {
  @TempDir private Path folder;

  @Test
  void aRunOfThreeKWithAnalysisSendsEachRowOnce() {
    save("train.safetensors", RandomRuns.rows(29, 1).x());
    save("val.safetensors", RandomRuns.rows(13, 2).x());
    Counting engine = new Counting();
    Experiment experiment = Experiment.prepare(config(), () -> new Backends.Choice(engine));
    assertEquals(List.of(), engine.loaded);
    assertTrue(experiment.run(new Silent(), () -> false));
    assertEquals(3, experiment.results().stream().filter(r -> r.analysis().isPresent()).count());
    assertEquals(List.of("29 x 7", "13 x 7"), engine.loaded);
    assertEquals(List.of(), engine.sent);
    assertEquals(3, engine.sessions);
    for (Dataset data : engine.datasets) {
      assertThrows(IllegalStateException.class, () -> engine.last.setData(Split.TRAIN, data));
    }
  }

  private void save(String name, Tensor x) {
    AtomicFile.write(
        folder.resolve(name),
        out -> SafetensorsFile.write(out, Map.of("activations", x), Map.of()));
  }

  private ExperimentConfig config() {
    Recipe recipe =
        new Recipe(12, Selection.ABS, false, InputScaling.NONE, Optimizer.adam(1e-3, 8), 2, 0);
    RankWindow window = AnalysisSettings.window(Optional.empty(), Optional.empty(), 12);
    return new ExperimentConfig(
        List.of(2, 3, 5),
        new Inputs(
            Optional.of(
                new Files(
                    folder.resolve("train.safetensors"),
                    folder.resolve("val.safetensors"),
                    Optional.empty(),
                    Optional.empty())),
            new Site(14, 3)),
        recipe,
        new Compute("reference", 0, Precision.FP32),
        Optional.of(new AnalysisSettings(Criteria.DEFAULT, window, 0, 0)),
        new Output(Optional.of(folder.resolve("results")), Existing.KEEP),
        new Program("1", "sae-native run"));
  }

  /** Hears and tells nothing. */
  private static final class Silent implements Experiment.Listener {
    @Override
    public void trains(int k, int epochsDone) {}

    @Override
    public void epochDone(int k, History history) {}

    @Override
    public void trained(int k) {}

    @Override
    public void analysed(DictionaryAnalysis analysis, double seconds) {}
  }

  /** The reference engine, and what it is given. */
  private static final class Counting implements Engine {
    private final Engine engine = new ReferenceEngine();
    private final List<String> loaded = new ArrayList<>();

    /** Calls of a session that bring rows with them. */
    private final List<String> sent = new ArrayList<>();

    private int sessions;
    private final List<Dataset> datasets = new ArrayList<>();
    private Session last;

    @Override
    public String name() {
      return engine.name();
    }

    @Override
    public String describe() {
      return engine.describe();
    }

    @Override
    public Dataset load(Tensor x) {
      loaded.add(x.dim(0) + " x " + x.dim(1));
      Dataset data = engine.load(x);
      datasets.add(data);
      return data;
    }

    @Override
    public Session open(SaeConfig config, Optimizer optimizer) {
      sessions++;
      last = engine.open(config, optimizer);
      return (Session)
          Proxy.newProxyInstance(
              Session.class.getClassLoader(),
              new Class<?>[] {Session.class},
              (_, method, arguments) -> {
                if (arguments != null && arguments[0] instanceof Tensor) {
                  sent.add(method.getName());
                }
                return method.invoke(last, arguments);
              });
    }
  }
}
