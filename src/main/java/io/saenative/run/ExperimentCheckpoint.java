package io.saenative.run;

import io.saenative.UserError;
import io.saenative.data.Site;
import io.saenative.format.AtomicFile;
import io.saenative.format.TorchFile;
import io.saenative.format.TorchWriter;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.train.History;
import io.saenative.train.TrainingState;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
    provenance
        .site()
        .ifPresent(
            site -> {
              config.put("position", site.position());
              config.put("layer", site.layer());
            });

    Map<String, Object> root = new LinkedHashMap<>();
    root.put("model_state_dict", new TorchWriter.OrderedDict(weights));
    root.put("config", config);
    root.put("metrics", metrics(validation));
    root.put("training_history", history(state.history()));
    root.put("sae_native", ours(provenance, state.parameters()));
    String name = RunFolder.nameOfSae(provenance.site(), sae.dSae(), sae.k());
    AtomicFile.write(file, out -> TorchWriter.write(out, root, name));
  }

  private static Map<String, Number> metrics(Evaluation validation) {
    Map<String, Number> metrics = new LinkedHashMap<>();
    metrics.put("reconstruction_loss", validation.loss());
    metrics.put("explained_variance", validation.evGlobal());
    metrics.put("l0_norm", validation.l0());
    metrics.put("feature_death_rate", validation.deathRate());
    metrics.put("mean_activation", validation.meanActivation());
    metrics.put("num_active_features", validation.firingCount().length - validation.dead());
    metrics.put("num_dead_features", validation.dead());
    return metrics;
  }

  private static Map<String, List<Double>> history(History history) {
    Map<String, List<Double>> lists = new LinkedHashMap<>();
    lists.put("train_loss", history.column(History.Epoch::trainLoss));
    lists.put("val_loss", history.column(History.Epoch::valLoss));
    lists.put("val_explained_variance", history.column(History.Epoch::valExplainedVariance));
    lists.put("val_feature_death_rate", history.column(History.Epoch::valFeatureDeathRate));
    return lists;
  }

  /** What the experiment's Python does not ask for, and skips. */
  private static Map<String, Object> ours(Provenance provenance, Parameters parameters) {
    Map<String, Object> ours = new LinkedHashMap<>();
    ours.put("synthetic_data", provenance.synthetic());
    ours.put("train_data", provenance.train().description());
    ours.put("val_data", provenance.validation().description());
    ours.put("weights_sha256", TrainedSae.sha256(parameters));
    return ours;
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
    return new TrainedSae(sae, site(file, config), 1, parameters, Optional.empty());
  }

  private static Optional<Site> site(Path file, Map<?, ?> config) {
    return config.containsKey("layer")
        ? Optional.of(new Site(integer(file, config, "layer"), integer(file, config, "position")))
        : Optional.empty();
  }

  private static Map<?, ?> dictionary(Path file, Object root, String key) {
    if (root instanceof Map<?, ?> map && map.get(key) instanceof Map<?, ?> dictionary) {
      return dictionary;
    }
    throw notTheExperiments(file, "it has no dict '" + key + "'");
  }

  private static int integer(Path file, Map<?, ?> config, String key) {
    if (config.get(key) instanceof Integer value) {
      return value;
    }
    throw notTheExperiments(file, "its config has no integer '" + key + "'");
  }

  private static Tensor tensor(Path file, Map<?, ?> weights, String key, long... shape) {
    if (weights.get(key) instanceof Tensor t && Arrays.equals(t.shape(), shape)) {
      return t.as(DType.F32);
    }
    throw notTheExperiments(
        file, "it has no tensor '%s' of shape %s".formatted(key, Arrays.toString(shape)));
  }

  private static UserError notTheExperiments(Path file, String why) {
    return new UserError(file + " is not a checkpoint of the experiment: " + why);
  }
}
