package io.saenative.run;

import io.saenative.UserError;
import io.saenative.format.AtomicFile;
import io.saenative.format.TorchFile;
import io.saenative.format.TorchWriter;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.train.TrainingState;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The experiment's own checkpoint, {@code pos3_layer14_d512_k300.pt}, which its Python loads.
 *
 * <p>A dict of {@code model_state_dict} (an OrderedDict of F32 {@code encoder.weight} [d_sae,
 * d_in], {@code encoder.bias} [d_sae], {@code decoder.weight} [d_in, d_sae], {@code decoder.bias}
 * [d_in]), {@code config}, {@code metrics} and {@code training_history}. The format has no place
 * for another selection, a pre-bias or a scaled input, and its readers would take any file for the
 * experiment's model: such an SAE is only written as a {@link TrainingCheckpoint}.
 */
public final class ExperimentCheckpoint {
  private ExperimentCheckpoint() {}

  /**
   * Writes the file, whole or not at all.
   *
   * @throws IllegalArgumentException if the format cannot tell what model this is
   */
  public static void write(
      Path file, Provenance provenance, TrainingState state, Evaluation validation) {
    if (!provenance.isExperimentsModel()) {
      throw new IllegalArgumentException("not the experiment's model: " + provenance.settings());
    }
    Parameters p = state.parameters().as(DType.F32);
    Map<String, Object> weights = new LinkedHashMap<>();
    weights.put("encoder.weight", p.wEnc());
    weights.put("encoder.bias", p.bEnc());
    weights.put("decoder.weight", p.wDec().transposed());
    weights.put("decoder.bias", p.bDec());

    SaeConfig sae = provenance.run().sae();
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("input_dim", sae.dIn());
    config.put("latent_dim", sae.dSae());
    config.put("k", sae.k());
    config.put("position", provenance.position());
    config.put("layer", provenance.layer());

    Map<String, Object> root = new LinkedHashMap<>();
    root.put("model_state_dict", new TorchWriter.OrderedDict(weights));
    root.put("config", config);
    root.put("metrics", ExperimentNames.metrics(validation));
    root.put("training_history", ExperimentNames.history(state.history()));
    AtomicFile.write(file, out -> TorchWriter.write(out, root, provenance.name()));
  }

  /**
   * Reads the model of a file that this class or the experiment's Python has written.
   *
   * @throws UserError if it is no such file
   */
  public static TrainedSae read(Path file) {
    Object root = TorchFile.open(file).root();
    Map<?, ?> weights = dictionary(file, root, "model_state_dict");
    Map<?, ?> config = dictionary(file, root, "config");
    SaeConfig sae =
        new SaeConfig(
            integer(file, config, "input_dim"),
            integer(file, config, "latent_dim"),
            integer(file, config, "k"),
            Selection.ABS,
            false);
    Parameters parameters =
        new Parameters(
            tensor(file, weights, "encoder.weight", sae.dSae(), sae.dIn()),
            tensor(file, weights, "encoder.bias", sae.dSae()),
            tensor(file, weights, "decoder.weight", sae.dIn(), sae.dSae()).transposed(),
            tensor(file, weights, "decoder.bias", sae.dIn()));
    return new TrainedSae(
        sae,
        integer(file, config, "layer"),
        integer(file, config, "position"),
        1,
        parameters,
        null);
  }

  private static Map<?, ?> dictionary(Path file, Object root, String key) {
    if (root instanceof Map<?, ?> map && map.get(key) instanceof Map<?, ?> dictionary) {
      return dictionary;
    }
    throw new UserError(
        file + " is not a checkpoint of the experiment: it has no dict '" + key + "'");
  }

  private static int integer(Path file, Map<?, ?> config, String key) {
    if (config.get(key) instanceof Integer value) {
      return value;
    }
    throw new UserError(
        file + " is not a checkpoint of the experiment: its config has no integer '" + key + "'");
  }

  private static Tensor tensor(Path file, Map<?, ?> weights, String key, long... shape) {
    if (!(weights.get(key) instanceof Tensor t) || !Arrays.equals(t.shape(), shape)) {
      throw new UserError(
          "%s is not a checkpoint of the experiment: it has no tensor '%s' of shape %s"
              .formatted(file, key, Arrays.toString(shape)));
    }
    return t.as(DType.F32);
  }
}
