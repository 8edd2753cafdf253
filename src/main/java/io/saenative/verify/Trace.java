package io.saenative.verify;

import io.saenative.UserError;
import io.saenative.format.SafetensorsFile;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A recorded training run of the experiment's own PyTorch class, with everything that is needed to
 * repeat it and what came out. It is a safetensors file with the metadata {@link #METADATA} and the
 * tensors of {@link #shapes}; parameters are in torch's orientation there and latent-major here.
 *
 * @param name for messages
 * @param dtype the type it was computed in, F32 or F64
 * @param config with absolute selection and no pre-bias, as in the experiment
 * @param optimizer with torch's defaults
 * @param epochs number of epochs
 * @param steps number of updates
 * @param tensors as in the file
 */
public record Trace(
    String name,
    DType dtype,
    SaeConfig config,
    Optimizer optimizer,
    int epochs,
    int steps,
    Map<String, Tensor> tensors) {

  private static final List<String> METADATA =
      List.of("d_in", "d_sae", "k", "n_train", "n_val", "batch_size", "epochs", "lr");

  /** What a trace records of each parameter, as suffixes of its name. */
  private static final List<String> STATES =
      List.of("init", "grad_step1", "final", "adam_m", "adam_v");

  /**
   * Maps and checks a file.
   *
   * @throws UserError if it is not a trace; the message says what is missing or wrong
   */
  public static Trace read(Path file) {
    SafetensorsFile source = SafetensorsFile.read(file);
    requireAll(file, "metadata", METADATA, source.metadata());
    int dIn = positive(file, source, "d_in");
    int dSae = positive(file, source, "d_sae");
    int k = positive(file, source, "k");
    int trainRows = positive(file, source, "n_train");
    int validationRows = positive(file, source, "n_val");
    int batchSize = positive(file, source, "batch_size");
    int epochs = positive(file, source, "epochs");
    if (k > dSae) {
      throw notATrace(file, "k is %d, more than its d_sae of %d".formatted(k, dSae));
    }
    SaeConfig config = new SaeConfig(dIn, dSae, k, Selection.ABS, false);
    int steps = Math.multiplyExact(epochs, Math.ceilDiv(trainRows, batchSize));

    Map<String, long[]> shapes = shapes(config, trainRows, validationRows, epochs, steps);
    requireAll(file, "tensors", List.copyOf(shapes.keySet()), source.tensors());
    shapes.forEach(
        (name, shape) -> {
          long[] found = named(source.tensors(), name).shape();
          if (!Arrays.equals(found, shape)) {
            throw notATrace(
                file,
                "%s has the shape %s where its metadata give %s"
                    .formatted(name, Arrays.toString(found), Arrays.toString(shape)));
          }
        });
    requireBelow(file, "batch_order", source, trainRows);
    requireBelow(file, "val_topk_indices", source, config.dSae());
    DType dtype = named(source.tensors(), "x_train").dtype();
    if (dtype != DType.F32 && dtype != DType.F64) {
      throw notATrace(file, "x_train is of type " + dtype + ", not F32 or F64");
    }
    Optimizer optimizer = Optimizer.adam(number(file, source, "lr"), batchSize);
    return new Trace(
        file.getFileName().toString(), dtype, config, optimizer, epochs, steps, source.tensors());
  }

  public Tensor tensor(String name) {
    return named(tensors, name);
  }

  private static Tensor named(Map<String, Tensor> tensors, String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  /** The four tensors with a suffix of {@link #STATES}, latent-major. */
  public Parameters parameters(String state) {
    return new Parameters(
        tensor("w_enc." + state),
        tensor("b_enc." + state),
        tensor("w_dec." + state).transposed(),
        tensor("b_dec." + state));
  }

  /** The training rows of an epoch in the order they were used. */
  public int[] order(int epoch) {
    return tensor("batch_order").rows(epoch, epoch + 1).toInts();
  }

  private static Map<String, long[]> shapes(
      SaeConfig c, int trainRows, int validationRows, int epochs, int steps) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("x_train", new long[] {trainRows, c.dIn()});
    shapes.put("x_val", new long[] {validationRows, c.dIn()});
    shapes.put("batch_order", new long[] {epochs, trainRows});
    for (String state : STATES) {
      shapes.put("w_enc." + state, new long[] {c.dSae(), c.dIn()});
      shapes.put("b_enc." + state, new long[] {c.dSae()});
      shapes.put("w_dec." + state, new long[] {c.dIn(), c.dSae()});
      shapes.put("b_dec." + state, new long[] {c.dIn()});
    }
    shapes.put("step_loss", new long[] {steps});
    shapes.put("val_loss", new long[] {epochs});
    shapes.put("val_explained_variance", new long[] {epochs});
    shapes.put("val_feature_death_rate", new long[] {epochs});
    shapes.put("val_topk_indices", new long[] {validationRows, c.k()});
    shapes.put("val_sparse", new long[] {validationRows, c.dSae()});
    shapes.put("val_reconstruction", new long[] {validationRows, c.dIn()});
    return shapes;
  }

  private static void requireAll(
      Path file, String kind, List<String> wanted, Map<String, ?> found) {
    List<String> missing = new ArrayList<>(wanted);
    missing.removeAll(found.keySet());
    if (!missing.isEmpty()) {
      throw notATrace(file, "it lacks the " + kind + " " + String.join(", ", missing));
    }
  }

  private static void requireBelow(Path file, String name, SafetensorsFile source, int limit) {
    for (int i : named(source.tensors(), name).toInts()) {
      if (i < 0 || i >= limit) {
        throw notATrace(file, name + " holds " + i + ", outside 0 to " + (limit - 1));
      }
    }
  }

  private static int positive(Path file, SafetensorsFile source, String key) {
    double value = number(file, source, key);
    if (value < 1 || value != (int) value) {
      throw notATrace(file, key + " is " + source.metadata().get(key));
    }
    return (int) value;
  }

  private static double number(Path file, SafetensorsFile source, String key) {
    try {
      return Double.parseDouble(source.metadata().get(key));
    } catch (NumberFormatException e) {
      throw notATrace(file, key + " is " + source.metadata().get(key));
    }
  }

  private static UserError notATrace(Path file, String reason) {
    return new UserError(file + " is not a training trace: " + reason);
  }
}
