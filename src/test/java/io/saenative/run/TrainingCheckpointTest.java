package io.saenative.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.UserError;
import io.saenative.data.InputScaling;
import io.saenative.data.Site;
import io.saenative.format.AtomicFile;
import io.saenative.format.SafetensorsFile;
import io.saenative.sae.Initialization;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Parameters;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.sae.Session;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.train.History;
import io.saenative.train.RandomRuns;
import io.saenative.train.Trainer;
import io.saenative.train.TrainingRun;
import io.saenative.train.TrainingState;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingCheckpointTest {
  @TempDir private Path folder;

  private final TrainingRun run = RandomRuns.run(3, 4, 5);
  private final Provenance provenance = RandomRuns.provenance(run);

  @ParameterizedTest
  @EnumSource(names = {"F32", "F64"})
  void everyBitComesBack(DType precision) {
    History history =
        new History(
            List.of(
                new History.Epoch(0.1, Math.nextUp(0.2), Double.NaN, 0, Double.NaN),
                new History.Epoch(1, 2, 3, 1e-300, Double.NaN)));
    TrainingState state =
        new TrainingState(
            2,
            8,
            parameters(1, precision),
            parameters(2, precision),
            parameters(3, precision),
            history);
    Path file = folder.resolve("a.safetensors");
    TrainingCheckpoint.write(file, provenance, state);
    TrainingCheckpoint opened = TrainingCheckpoint.open(file);
    opened.requireSame(provenance);
    TrainingState back = opened.state();
    assertEquals(2, back.epochsDone());
    assertEquals(8, back.step());
    assertEquals(history, back.history());
    assertTrue(state.parameters().sameBits(back.parameters()));
    assertTrue(state.adamM().sameBits(back.adamM()));
    assertTrue(state.adamV().sameBits(back.adamV()));

    TrainedSae sae = TrainedSae.read(file);
    assertEquals(run.sae(), sae.config());
    assertEquals(Optional.of(new Site(14, 3)), sae.site());
    assertEquals(1, sae.inputFactor());
    assertTrue(state.parameters().sameBits(sae.parameters()));
  }

  /** How long an epoch took is in no file that is compared by its hash. */
  @Test
  void equalTrainingsGiveEqualFiles() throws Exception {
    Path a = folder.resolve("a.safetensors");
    Path b = folder.resolve("b.safetensors");
    TrainingCheckpoint.write(a, provenance, train(TrainingState.initial(run), null).state());
    TrainingCheckpoint.write(b, provenance, train(TrainingState.initial(run), null).state());
    assertEquals(-1, Files.mismatch(a, b));
    MessageDigest weights = MessageDigest.getInstance("SHA-256");
    Map<String, Tensor> tensors = SafetensorsFile.read(a).tensors();
    for (String name : List.of("w_enc", "b_enc", "w_dec", "b_dec")) {
      weights.update(tensors.get(name).data().toArray(ValueLayout.JAVA_BYTE));
    }
    assertEquals(
        HexFormat.of().formatHex(weights.digest()),
        SafetensorsFile.read(a).metadata().get("weights_sha256"));
  }

  @Test
  void throughAFileAResumedRunStillEndsWithTheSameBits() {
    Path file = folder.resolve("a.safetensors");
    Trainer.Outcome unbroken = train(TrainingState.initial(run), null);
    train(
        TrainingState.initial(run),
        file); // each epoch's checkpoint replaces the one before; the last but one is kept
    Trainer.Outcome resumed = train(TrainingCheckpoint.open(file).state(), null);
    assertEquals(4, resumed.state().epochsDone());
    assertTrue(unbroken.state().parameters().sameBits(resumed.state().parameters()));
    assertTrue(unbroken.state().adamM().sameBits(resumed.state().adamM()));
    assertTrue(unbroken.state().adamV().sameBits(resumed.state().adamV()));
  }

  @Test
  void whatIsNotTheSameRunIsRefusedByName() {
    Path file = folder.resolve("a.safetensors");
    TrainingCheckpoint.write(file, provenance, TrainingState.initial(run));
    TrainingCheckpoint checkpoint = TrainingCheckpoint.open(file);
    SaeConfig sae = run.sae();
    refused(checkpoint, "k 3, not 4", RandomRuns.run(4, 4, 5));
    refused(checkpoint, "seed 5, not 6", RandomRuns.run(3, 4, 6));
    refused(checkpoint, "lr 0.01, not 0.02", new TrainingRun(sae, Optimizer.adam(0.02, 8), 4, 5));
    refused(checkpoint, "batch_size 8, not 9", new TrainingRun(sae, Optimizer.adam(0.01, 9), 4, 5));
    refused(checkpoint, "d_sae 12, not 13", with(new SaeConfig(7, 13, 3, Selection.ABS, false)));
    refused(checkpoint, "d_in 7, not 8", with(new SaeConfig(8, 12, 3, Selection.ABS, false)));
    refused(
        checkpoint,
        "selection abs, not relu",
        with(new SaeConfig(7, 12, 3, Selection.RELU, false)));
    refused(
        checkpoint, "pre_bias false, not true", with(new SaeConfig(7, 12, 3, Selection.ABS, true)));
    refused(
        checkpoint,
        "train_sha256 digest 1, not digest 9",
        new Provenance(
            run,
            provenance.site(),
            InputScaling.NONE,
            1,
            "reference",
            Precision.FP32,
            RandomRuns.rows(1, 9).source(),
            provenance.validation()));
    refused(checkpoint, "backend reference, not cpu", with("cpu", Precision.FP32));
    refused(checkpoint, "precision fp32, not bf16x3", with("reference", Precision.BF16X3));
    checkpoint.requireSame(RandomRuns.provenance(RandomRuns.run(3, 400, 5))); // more epochs go on
  }

  @Test
  void moreEpochsThanAskedForAreRefused() {
    Path file = folder.resolve("a.safetensors");
    TrainingCheckpoint.write(file, provenance, train(TrainingState.initial(run), null).state());
    refused(
        TrainingCheckpoint.open(file),
        "has done 4 epochs, more than --epochs 2",
        RandomRuns.run(3, 2, 5));
  }

  @Test
  void otherFilesAreRefused() {
    Path file = folder.resolve("a.safetensors");
    Map<String, Tensor> activations = Map.of("activations", Tensor.of(new float[2], 1, 2));
    AtomicFile.write(file, out -> SafetensorsFile.write(out, activations, Map.of()));
    UserError e = assertThrows(UserError.class, () -> TrainingCheckpoint.open(file));
    assertTrue(e.getMessage().contains("not a checkpoint"), e::getMessage);
    assertThrows(UserError.class, () -> TrainedSae.read(folder.resolve("none.pt")));
  }

  private TrainingRun with(SaeConfig sae) {
    return new TrainingRun(sae, run.optimizer(), 4, 5);
  }

  private Provenance with(String backend, Precision precision) {
    return new Provenance(
        run,
        provenance.site(),
        InputScaling.NONE,
        1,
        backend,
        precision,
        provenance.train(),
        provenance.validation());
  }

  private static void refused(TrainingCheckpoint checkpoint, String difference, TrainingRun run) {
    refused(checkpoint, difference, RandomRuns.provenance(run));
  }

  private static void refused(
      TrainingCheckpoint checkpoint, String difference, Provenance provenance) {
    UserError e = assertThrows(UserError.class, () -> checkpoint.requireSame(provenance));
    assertTrue(e.getMessage().contains(difference), e::getMessage);
  }

  /** Trains to the end; {@code checkpoint} gets the state of the last epoch but one. */
  private Trainer.Outcome train(TrainingState start, Path checkpoint) {
    ReferenceEngine engine = new ReferenceEngine();
    try (Session session = engine.open(run.sae(), run.optimizer())) {
      return Trainer.train(
          session,
          run,
          engine.load(RandomRuns.rows(29, 1).x()),
          engine.load(RandomRuns.rows(13, 2).x()),
          start,
          (history, state) -> {
            if (checkpoint != null && history.epochs().size() < run.epochs()) {
              TrainingCheckpoint.write(checkpoint, provenance, state.get());
            }
          },
          () -> false);
    }
  }

  private Parameters parameters(long seed, DType dtype) {
    return Initialization.torchLinear(run.sae(), seed).as(dtype);
  }
}
