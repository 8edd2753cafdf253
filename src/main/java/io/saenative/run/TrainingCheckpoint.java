package io.saenative.run;

import io.saenative.UserError;
import io.saenative.data.Activations.Source;
import io.saenative.data.Site;
import io.saenative.format.AtomicFile;
import io.saenative.format.SafetensorsFile;
import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.train.History;
import io.saenative.train.TrainingState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * A {@code .safetensors} file with everything a training needs to go on, to the bit.
 *
 * <p>Tensors, in the precision of the session they were trained in: {@code w_enc} [d_sae, d_in],
 * {@code b_enc} [d_sae], {@code w_dec} [d_sae, d_in] (latent-major), {@code b_dec} [d_in]; the Adam
 * moments under the same names with {@code .adam_m} and {@code .adam_v}; {@code history} F64
 * [epochs_done, 4] with the columns of {@link History.Epoch} but the seconds: equal trainings give
 * equal files. Metadata: {@code format}, {@code k}, {@code epochs_done}, {@code step}, {@code
 * weights_sha256}, {@link Provenance#settings} (the seed and epochs_done are the random state), and
 * the descriptions of the data.
 */
public final class TrainingCheckpoint {
  private static final String FORMAT = "sae-native training checkpoint 2";
  private static final int HISTORY_COLUMNS = 4;
  private static final String M = ".adam_m";
  private static final String V = ".adam_v";

  private final Path file;
  private final Map<String, Tensor> tensors;
  private final Map<String, String> metadata;

  private TrainingCheckpoint(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    this.file = file;
    this.tensors = tensors;
    this.metadata = metadata;
  }

  /** Writes the file, whole or not at all. */
  public static void write(Path file, Provenance provenance, TrainingState state) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    identity(provenance).forEach((key, value) -> metadata.put(key, String.valueOf(value)));
    metadata.put("epochs_done", String.valueOf(state.epochsDone()));
    metadata.put("step", String.valueOf(state.step()));
    metadata.put("weights_sha256", TrainedSae.sha256(state.parameters()));
    metadata.put("train_data", provenance.train().description());
    metadata.put("val_data", provenance.validation().description());
    metadata.put("synthetic", String.valueOf(provenance.synthetic()));

    Map<String, Tensor> tensors = new LinkedHashMap<>();
    put(tensors, "", state.parameters());
    put(tensors, M, state.adamM());
    put(tensors, V, state.adamV());
    tensors.put("history", matrix(state.history()));
    AtomicFile.write(file, out -> SafetensorsFile.write(out, tensors, metadata));
  }

  /**
   * Opens a file; its tensors stay mapped.
   *
   * @throws UserError if it is not a training checkpoint
   */
  public static TrainingCheckpoint open(Path file) {
    SafetensorsFile contents = SafetensorsFile.read(file);
    String format = contents.metadata().get("format");
    if (!FORMAT.equals(format)) {
      throw new UserError(
          "%s is not a checkpoint of this program: its metadata 'format' is %s, not '%s'; name another file or folder"
              .formatted(file, format, FORMAT));
    }
    return new TrainingCheckpoint(file, contents.tensors(), contents.metadata());
  }

  public int k() {
    return (int) integer("k");
  }

  /** The first of the settings in which this training is another one, as "seed 0, not 1". */
  Optional<String> difference(Map<String, Object> settings) {
    return Provenance.difference(metadata, settings);
  }

  public int epochsDone() {
    return (int) integer("epochs_done");
  }

  /**
   * Refuses to continue a training that is not the same but for its number of epochs.
   *
   * @throws UserError naming the first difference
   */
  public void requireSame(Provenance provenance) {
    Provenance.difference(metadata, identity(provenance))
        .ifPresent(
            difference -> {
              throw new UserError(
                  "cannot resume from %s: it was made with %s; give it the same options and data, or another --output-dir"
                      .formatted(file, difference));
            });
    if (epochsDone() > provenance.run().epochs()) {
      throw new UserError(
          "cannot resume from %s: it has done %d epochs, more than --epochs %d; ask for more, or for another --output-dir"
              .formatted(file, epochsDone(), provenance.run().epochs()));
    }
  }

  public TrainingState state() {
    return new TrainingState(
        epochsDone(), integer("step"), parameters(""), parameters(M), parameters(V), history());
  }

  /** The model alone. */
  public TrainedSae sae() {
    return new TrainedSae(
        config(),
        metadata.containsKey("layer")
            ? Optional.of(new Site((int) integer("layer"), (int) integer("position")))
            : Optional.empty(),
        Double.parseDouble(text("input_factor")),
        parameters(""),
        Optional.of(
            new Source(
                text("val_data"), text("val_sha256"), Boolean.parseBoolean(text("synthetic")))));
  }

  private SaeConfig config() {
    return new SaeConfig(
        (int) integer("d_in"),
        (int) integer("d_sae"),
        (int) integer("k"),
        Selection.valueOf(text("selection").toUpperCase(Locale.ROOT)),
        Boolean.parseBoolean(text("pre_bias")));
  }

  private static Map<String, Object> identity(Provenance provenance) {
    Map<String, Object> identity = new LinkedHashMap<>();
    identity.put("k", provenance.run().sae().k());
    identity.putAll(provenance.settings());
    return identity;
  }

  private static void put(Map<String, Tensor> tensors, String suffix, Parameters p) {
    tensors.put("w_enc" + suffix, p.wEnc());
    tensors.put("b_enc" + suffix, p.bEnc());
    tensors.put("w_dec" + suffix, p.wDec());
    tensors.put("b_dec" + suffix, p.bDec());
  }

  private Parameters parameters(String suffix) {
    SaeConfig c = config();
    return new Parameters(
        tensor("w_enc" + suffix, c.dSae(), c.dIn()),
        tensor("b_enc" + suffix, c.dSae()),
        tensor("w_dec" + suffix, c.dSae(), c.dIn()),
        tensor("b_dec" + suffix, c.dIn()));
  }

  private static Tensor matrix(History history) {
    double[] rows =
        history.epochs().stream()
            .flatMapToDouble(
                e ->
                    DoubleStream.of(
                        e.trainLoss(),
                        e.valLoss(),
                        e.valExplainedVariance(),
                        e.valFeatureDeathRate()))
            .toArray();
    return Tensor.of(rows, history.epochs().size(), HISTORY_COLUMNS);
  }

  private History history() {
    double[] rows = tensor("history", epochsDone(), HISTORY_COLUMNS).toDoubles();
    List<History.Epoch> epochs = new ArrayList<>();
    for (int i = 0; i < rows.length; i += HISTORY_COLUMNS) {
      epochs.add(new History.Epoch(rows[i], rows[i + 1], rows[i + 2], rows[i + 3], Double.NaN));
    }
    return new History(epochs);
  }

  private Tensor tensor(String name, long... shape) {
    Tensor t = tensors.get(name);
    if (t == null
        || !Arrays.equals(t.shape(), shape)
        || (t.dtype() != DType.F32 && t.dtype() != DType.F64)) {
      throw damaged(
          "it has no float tensor '%s' of shape %s".formatted(name, Arrays.toString(shape)));
    }
    return t;
  }

  private String text(String key) {
    if (!metadata.containsKey(key)) {
      throw damaged("its metadata has no '" + key + "'");
    }
    return metadata.get(key);
  }

  private long integer(String key) {
    try {
      return Long.parseLong(text(key));
    } catch (NumberFormatException e) {
      throw damaged("its metadata '" + key + "' is not a whole number");
    }
  }

  private UserError damaged(String how) {
    return new UserError(file + " is damaged: " + how);
  }
}
