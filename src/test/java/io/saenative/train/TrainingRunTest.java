package io.saenative.train;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.saenative.UserError;
import io.saenative.sae.Optimizer;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import org.junit.jupiter.api.Test;

class TrainingRunTest {
  private final TrainingRun run =
      new TrainingRun(
          new SaeConfig(2048, 131_072, 64, Selection.ABS, false), Optimizer.adam(1e-3, 256), 1, 0);

  @Test
  void tooLittleMemoryIsRefusedWithBothAmounts() {
    long needed = run.memoryNeeded();
    // 2 × 2048 × 131,072 weights seven times over and one decoder more, at four bytes, are 16.1 GB;
    // then biases and a batch.
    assertEquals(16.1e9, needed, 0.2e9);
    UserError e = assertThrows(UserError.class, () -> run.requireMemory(needed - 1));
    assertEquals(
        "not enough memory: training 131072 latents on 2048 inputs in batches of 256 needs at least"
            + " 16.2 GB and 16.2 GB are available: choose a smaller --latent-dim or --batch-size",
        e.getMessage());
    assertDoesNotThrow(() -> run.requireMemory(needed));
  }
}
