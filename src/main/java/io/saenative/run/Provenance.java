package io.saenative.run;

import io.saenative.data.Activations.Source;
import io.saenative.data.InputScaling;
import io.saenative.data.Site;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Precision;
import io.saenative.sae.Selection;
import io.saenative.train.TrainingRun;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where a trained SAE comes from: all that decides its bits.
 *
 * @param site where in the model the activations were recorded; empty where they do not tell
 * @param inputFactor what {@code inputScaling} multiplied the activations by
 * @param backend name of the engine
 * @param precision how it multiplied
 */
public record Provenance(
    TrainingRun run,
    Optional<Site> site,
    InputScaling inputScaling,
    double inputFactor,
    String backend,
    Precision precision,
    Source train,
    Source validation) {
  private static final Set<String> SITE = Set.of("layer", "position");

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
    site.ifPresent(
        s -> {
          settings.put("layer", s.layer());
          settings.put("position", s.position());
        });
    settings.put("d_in", run.sae().dIn());
    settings.put("d_sae", run.sae().dSae());
    settings.put("selection", run.sae().selection().toString());
    settings.put("pre_bias", run.sae().preBias());
    settings.put("input_scale", inputScaling.toString());
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

  /** What the results of one summary share: the {@link #settings} and the number of epochs. */
  Map<String, Object> settingsAndEpochs() {
    Map<String, Object> settings = settings();
    settings.put("epochs", run.epochs());
    return settings;
  }

  /** The first setting whose text differs, as "seed 0, not 1"; one that a side lacks is "none". */
  public static Optional<String> difference(Map<String, ?> theirs, Map<String, ?> ours) {
    Set<String> names = new LinkedHashSet<>(ours.keySet());
    theirs.keySet().stream().filter(SITE::contains).forEach(names::add);
    for (String name : names) {
      String their = theirs.containsKey(name) ? String.valueOf(theirs.get(name)) : "none";
      String our = ours.containsKey(name) ? String.valueOf(ours.get(name)) : "none";
      if (!their.equals(our)) {
        return Optional.of(name + " " + their + ", not " + our);
      }
    }
    return Optional.empty();
  }
}
