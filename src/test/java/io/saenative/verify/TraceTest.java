package io.saenative.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.UserError;
import io.saenative.format.SafetensorsFile;
import io.saenative.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/odd_k_all_f64.safetensors");

  @TempDir private Path folder;

  private final Map<String, Tensor> tensors = new HashMap<>(SafetensorsFile.read(GOLDEN).tensors());
  private final Map<String, String> metadata =
      new HashMap<>(SafetensorsFile.read(GOLDEN).metadata());

  @Test
  void readsTheRunAndTurnsTheDecoderLatentMajor() {
    Trace t = Trace.read(GOLDEN);
    assertEquals(33, t.config().dIn());
    assertEquals(17, t.config().k());
    assertEquals(60, t.steps());
    assertEquals(10, t.order(19).length);
    assertEquals(
        t.tensor("w_dec.init").get(5 * 17 + 3), t.parameters("init").wDec().get(3 * 33 + 5));
  }

  @Test
  void aFileThatIsNoTraceIsRefusedInOneLineThatSaysWhatIsMissing() throws IOException {
    requireRefused(
        () -> tensors.keySet().removeIf(n -> n.startsWith("val_topk") || n.equals("b_dec.adam_v")),
        "lacks the tensors b_dec.adam_v, val_topk_indices");
    requireRefused(
        () -> metadata.keySet().retainAll(Set.of("d_in", "lr", "epochs")),
        "lacks the metadata d_sae, k, n_train, n_val, batch_size");
    requireRefused(
        () -> metadata.put("d_in", "32"),
        "x_train has the shape [10, 33] where its metadata give [10, 32]");
    requireRefused(() -> metadata.put("epochs", "many"), "epochs is many");
    requireRefused(() -> metadata.put("batch_size", "0"), "batch_size is 0");
    requireRefused(() -> metadata.put("k", "18"), "k is 18, more than its d_sae of 17");
    requireRefused(() -> tensors.get("batch_order").set(7, 10), "batch_order holds 10");
  }

  private void requireRefused(Runnable damage, String reason) throws IOException {
    Map<String, Tensor> wholeTensors = new HashMap<>(tensors);
    Map<String, String> wholeMetadata = new HashMap<>(metadata);
    tensors.replace(
        "batch_order",
        Tensor.of(tensors.get("batch_order").toInts(), tensors.get("batch_order").shape()));
    damage.run();
    Path file = folder.resolve("damaged.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      SafetensorsFile.write(out, tensors, metadata);
    }
    String message = assertThrows(UserError.class, () -> Trace.read(file)).getMessage();
    assertTrue(
        message.startsWith(file + " is not a training trace: ") && message.contains(reason),
        message);
    assertEquals(1, message.lines().count());
    tensors.putAll(wholeTensors);
    metadata.putAll(wholeMetadata);
  }
}
