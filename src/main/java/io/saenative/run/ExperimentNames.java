package io.saenative.run;

import io.saenative.sae.Evaluation;
import io.saenative.train.History;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The experiment's names for what is measured, in its checkpoints and its summary, in its order.
 */
public final class ExperimentNames {
  private ExperimentNames() {}

  /** Figures on the validation rows after the last epoch. */
  public static Map<String, Number> metrics(Evaluation validation) {
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

  /** One list for each figure, one entry for each epoch. */
  public static Map<String, List<Double>> history(History history) {
    Map<String, List<Double>> lists = new LinkedHashMap<>();
    lists.put("train_loss", history.column(History.Epoch::trainLoss));
    lists.put("val_loss", history.column(History.Epoch::valLoss));
    lists.put("val_explained_variance", history.column(History.Epoch::valExplainedVariance));
    lists.put("val_feature_death_rate", history.column(History.Epoch::valFeatureDeathRate));
    return lists;
  }
}
