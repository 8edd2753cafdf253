package io.saenative.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.saenative.UserError;
import io.saenative.data.Activations;
import io.saenative.data.Activations.Source;
import io.saenative.data.Fixtures;
import io.saenative.data.InputScaling;
import io.saenative.data.Site;
import io.saenative.format.AtomicFile;
import io.saenative.format.TorchFile;
import io.saenative.format.TorchWriter;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.train.RandomRuns;
import io.saenative.train.Trainer;
import io.saenative.train.TrainingRun;
import io.saenative.train.TrainingState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExperimentCheckpointTest {
  private static final Path PIPELINE =
      Path.of(System.getProperty("sae.shared", "../shared"), "pipeline");

  @TempDir private Path folder;

  private final TrainingRun run = RandomRuns.run(3, 2, 5);
  private final Provenance provenance = RandomRuns.provenance(run);

  @Test
  void everyBitComesBack() {
    Path file = folder.resolve("pos3_layer14_d12_k3.pt");
    Trainer.Outcome outcome = trained();
    ExperimentCheckpoint.write(file, provenance, outcome.state(), outcome.validation());
    TrainedSae sae = TrainedSae.read(file);
    assertEquals(run.sae(), sae.config());
    assertEquals(Optional.of(new Site(14, 3)), sae.site());
    assertTrue(outcome.state().parameters().as(DType.F32).sameBits(sae.parameters()));
  }

  /** What the experiment's Python skips tells where the weights come from. */
  @Test
  void saysWhetherItsRowsWereMade() {
    Path file = folder.resolve("made.pt");
    Trainer.Outcome outcome = trained();
    Source made = new Source("a made set", "digest", true);
    Provenance synthetic =
        new Provenance(
            run, provenance.site(), InputScaling.NONE, 1, "reference", Precision.FP32, made, made);
    for (Provenance from : List.of(provenance, synthetic)) {
      ExperimentCheckpoint.write(file, from, outcome.state(), outcome.validation());
      Map<?, ?> ours = (Map<?, ?>) ((Map<?, ?>) TorchFile.open(file).root()).get("sae_native");
      assertEquals(from == synthetic, ours.get("synthetic_data"));
      assertEquals(from.train().description(), ours.get("train_data"));
      assertEquals(TrainedSae.sha256(outcome.state().parameters()), ours.get("weights_sha256"));
    }
  }

  /** The same keys in the same order with the same types, dtypes and ranks, all the way down. */
  @Test
  void hasTheShapeOfTheExperimentsOwnFile() {
    Path theirs = PIPELINE.resolve("pos3_layer3_d512_k300.pt");
    assumeTrue(Files.exists(theirs), "needs the experiment's checkpoints in the shared folder");
    Path ours = folder.resolve("ours.pt");
    Trainer.Outcome outcome = trained();
    ExperimentCheckpoint.write(ours, provenance, outcome.state(), outcome.validation());
    assertEquals(
        structure(TorchFile.open(theirs).root()),
        structure(TorchFile.open(ours).root()).stream()
            .filter(line -> !line.startsWith("/sae_native/"))
            .toList());
  }

  /**
   * Its own files, read here and run on its own validation rows, have the figures it found in
   * float32.
   */
  @ParameterizedTest
  @ValueSource(ints = {100, 300})
  void theExperimentsOwnCheckpointsHaveItsLoss(int k) {
    Path file = PIPELINE.resolve("pos3_layer3_d512_k" + k + ".pt");
    assumeTrue(Files.exists(file), "needs the experiment's checkpoints in the shared folder");
    TrainedSae sae = TrainedSae.read(file);
    assertEquals(new SaeConfig(384, 512, k, Selection.ABS, false), sae.config());
    Activations validation =
        Fixtures.read(PIPELINE.resolve("lm_val_activations.pt"), sae.site().orElseThrow());
    try (Session session = new ReferenceEngine().open(sae.config(), Optimizer.adam(1e-3, 256))) {
      session.setState(State.PARAMETERS, sae.parameters());
      session.setData(Split.VALIDATION, new ReferenceEngine().load(validation.x()));
      Evaluation ours = session.evaluate(Split.VALIDATION);
      Map<?, ?> metrics = (Map<?, ?>) ((Map<?, ?>) TorchFile.open(file).root()).get("metrics");
      close(metrics.get("reconstruction_loss"), ours.loss());
      close(metrics.get("explained_variance"), ours.evGlobal());
      close(metrics.get("l0_norm"), ours.l0());
      close(metrics.get("mean_activation"), ours.meanActivation());
      assertEquals(metrics.get("num_dead_features"), ours.dead());
    }
  }

  @Test
  void anotherModelIsNotWrittenAsTheExperiments() {
    SaeConfig relu = new SaeConfig(7, 12, 3, Selection.RELU, false);
    Provenance other = RandomRuns.provenance(new TrainingRun(relu, run.optimizer(), 2, 5));
    Trainer.Outcome outcome = trained();
    Path file = folder.resolve("a.pt");
    assertThrows(
        IllegalArgumentException.class,
        () -> ExperimentCheckpoint.write(file, other, outcome.state(), outcome.validation()));
    assertFalse(Files.exists(file));
  }

  @Test
  void otherTorchFilesAreRefusedByName() {
    refused("no dict 'model_state_dict'", Map.of("activations", Tensor.of(new float[2], 2)));
    Map<String, Object> config =
        Map.of("input_dim", 2, "latent_dim", 3, "k", 1, "layer", 0, "position", 0);
    refused(
        "no tensor 'encoder.weight' of shape [3, 2]",
        Map.of("model_state_dict", Map.of(), "config", config));
    refused("no integer 'input_dim'", Map.of("model_state_dict", Map.of(), "config", Map.of()));
  }

  private void refused(String reason, Map<String, Object> root) {
    Path file = folder.resolve("other.pt");
    AtomicFile.write(file, out -> TorchWriter.write(out, root, "other"));
    UserError e = assertThrows(UserError.class, () -> TrainedSae.read(file));
    assertTrue(
        e.getMessage().contains(reason) && e.getMessage().contains("other.pt"), e::getMessage);
  }

  private Trainer.Outcome trained() {
    ReferenceEngine engine = new ReferenceEngine();
    try (Session session = engine.open(run.sae(), run.optimizer())) {
      return Trainer.train(
          session,
          run,
          engine.load(RandomRuns.rows(29, 1).x()),
          engine.load(RandomRuns.rows(13, 2).x()),
          TrainingState.initial(run),
          (history, state) -> {},
          () -> false);
    }
  }

  private static void close(Object published, double ours) {
    double theirs = assertInstanceOf(Double.class, published);
    assertEquals(theirs, ours, 1e-5 * Math.abs(theirs));
  }

  private static List<String> structure(Object root) {
    List<String> lines = new ArrayList<>();
    structure("", root, lines);
    return lines;
  }

  private static void structure(String path, Object node, List<String> lines) {
    switch (node) {
      case Map<?, ?> map -> map.forEach((key, value) -> structure(path + "/" + key, value, lines));
      case List<?> list -> structure(path + "[]", list.getFirst(), lines);
      case Tensor t -> lines.add(path + " " + t.dtype() + " of rank " + t.shape().length);
      default -> lines.add(path + " " + node.getClass().getSimpleName());
    }
  }
}
