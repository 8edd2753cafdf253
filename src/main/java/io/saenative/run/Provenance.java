package io.saenative.run;

import io.saenative.data.Activations.Source;
import io.saenative.data.InputScaling;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Precision;
import io.saenative.sae.Selection;
import io.saenative.train.TrainingRun;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where a trained SAE comes from: all that decides its bits.
 *
 * @param layer layer of the model that the activations were recorded at
 * @param position position in its sequence of continuous thoughts
 * @param inputFactor what {@code inputScaling} multiplied the activations by
 * @param backend name of the engine
 * @param precision how it multiplied
 */
public record Provenance(
    TrainingRun run,
    int layer,
    int position,
    InputScaling inputScaling,
    double inputFactor,
    String backend,
    Precision precision,
    Source train,
    Source validation) {

  /** The experiment's name for its checkpoint, such as {@code pos3_layer14_d512_k300}. */
  public String name() {
    return "pos" + position + "_layer" + layer + "_d" + run.sae().dSae() + "_k" + run.sae().k();
  }

  public boolean synthetic() {
    return train.synthetic() || validation.synthetic();
  }

  /**
   * Whether the model is one that the experiment's own Python can hold: it knows no other selection
   * and no option.
   */
  public boolean isExperimentsModel() {
    return run.sae().selection() == Selection.ABS
        && !run.sae().preBias()
        && inputScaling == InputScaling.NONE;
  }

  /**
   * What must be equal for two SAEs to belong to one comparison, or, with equal k, for a training
   * to be continued. The number of epochs is not among them: a longer run passes through every
   * shorter one.
   */
  public Map<String, Object> settings() {
    Optimizer adam = run.optimizer();
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("layer", layer);
    settings.put("position", position);
    settings.put("d_in", run.sae().dIn());
    settings.put("d_sae", run.sae().dSae());
    settings.put("selection", run.sae().selection().name().toLowerCase(Locale.ROOT));
    settings.put("pre_bias", run.sae().preBias());
    settings.put("input_scale", inputScaling.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    settings.put("input_factor", inputFactor);
    settings.put("seed", run.seed());
    settings.put("batch_size", adam.batchSize());
    settings.put("lr", adam.lr());
    settings.put("beta1", adam.beta1());
    settings.put("beta2", adam.beta2());
    settings.put("eps", adam.eps());
    settings.put("backend", backend);
    settings.put("precision", precision.toString());
    settings.put("train_sha256", train.sha256());
    settings.put("val_sha256", validation.sha256());
    return settings;
  }

  /**
   * The first of {@code ours} that {@code theirs} does not have with the same text, as "seed 0, not
   * 1". Files from before there was a choice of precision say nothing of it: they are fp32.
   */
  public static Optional<String> difference(Map<String, ?> theirs, Map<String, ?> ours) {
    for (Map.Entry<String, ?> entry : ours.entrySet()) {
      boolean before = entry.getKey().equals("precision") && !theirs.containsKey("precision");
      String their =
          before ? Precision.FP32.toString() : String.valueOf(theirs.get(entry.getKey()));
      String our = String.valueOf(entry.getValue());
      if (!their.equals(our)) {
        return Optional.of(entry.getKey() + " " + their + ", not " + our);
      }
    }
    return Optional.empty();
  }
}
