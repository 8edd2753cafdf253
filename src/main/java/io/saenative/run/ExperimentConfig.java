package io.saenative.run;

import io.saenative.data.InputScaling;
import io.saenative.data.Site;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.train.TrainingRun;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * All that decides a run.
 *
 * @param ks one SAE is trained for each, in this order
 * @param analysis of each SAE; empty to train and save only
 * @param program what runs it
 */
public record ExperimentConfig(
    List<Integer> ks,
    Inputs inputs,
    Recipe recipe,
    Compute compute,
    Optional<AnalysisSettings> analysis,
    Output output,
    Program program) {

  /** What the experiment did: its settings are not in the names of folders. */
  static final Recipe EXPERIMENTS =
      new Recipe(512, Selection.ABS, false, InputScaling.NONE, Optimizer.adam(1e-3, 256), 25, 0);

  /**
   * The folder of a run that names none: {@code results/synthetic_layer14_pos3_epochs2}. Its name
   * tells data, site, and every setting that is not the experiment's, so that runs keep apart.
   */
  public Path defaultFolder(Optional<Site> site) {
    StringBuilder name = new StringBuilder(inputs.files().map(Files::name).orElse("synthetic"));
    site.ifPresent(
        s -> name.append("_layer").append(s.layer()).append("_pos").append(s.position()));
    Map<String, Object> usual = names(EXPERIMENTS, Precision.FP32, AnalysisSettings.usual(recipe));
    names(recipe, compute.precision(), analysis.orElseGet(() -> AnalysisSettings.usual(recipe)))
        .forEach(
            (setting, value) -> {
              if (!value.equals(usual.get(setting))) {
                name.append('_').append(setting).append(value.equals(true) ? "" : value);
              }
            });
    return Path.of("results", name.toString());
  }

  private static Map<String, Object> names(
      Recipe recipe, Precision precision, AnalysisSettings analysis) {
    Map<String, Object> names = new LinkedHashMap<>();
    names.put("d", recipe.dSae);
    names.put("", recipe.selection.name().toLowerCase(Locale.ROOT));
    names.put("pre-bias", recipe.preBias);
    names.put("unit-norm", recipe.inputScaling == InputScaling.UNIT_NORM);
    names.put("epochs", recipe.epochs);
    names.put("batch", recipe.optimizer.batchSize());
    names.put("lr", recipe.optimizer.lr());
    names.put("seed", recipe.seed);
    names.put("precision-", precision.toString());
    analysis.settings().forEach((setting, value) -> names.put(setting.replace('_', '-'), value));
    return names;
  }

  /**
   * Where the rows come from.
   *
   * @param files of activations; empty for the built-in synthetic set
   * @param site to take from files that tell the site of every row
   */
  public record Inputs(Optional<Files> files, Site site) {}

  /**
   * Files of activations: {@code .pt}, {@code .safetensors} or {@code .npy}.
   *
   * @param trainLabels a {@code .jsonl} with chains of thought, for files that hold none
   */
  public record Files(
      Path train, Path validation, Optional<Path> trainLabels, Optional<Path> validationLabels) {
    /** The name of the training rows' file, without what it ends in. */
    String name() {
      return train.getFileName().toString().replaceFirst("\\.[^.]+$", "");
    }
  }

  /** How an SAE is made, whatever its K and its input. */
  public record Recipe(
      int dSae,
      Selection selection,
      boolean preBias,
      InputScaling inputScaling,
      Optimizer optimizer,
      int epochs,
      long seed) {

    /** The training of one SAE on activations of a width. */
    public TrainingRun training(int k, int dIn) {
      return new TrainingRun(
          new SaeConfig(dIn, dSae, k, selection, preBias), optimizer, epochs, seed);
    }
  }

  /** What computes; see {@link Backends#choose}. */
  public record Compute(String backend, int threads, Precision precision) {
    public Backends.Choice choose() {
      return Backends.choose(backend, threads, precision);
    }
  }

  /**
   * Where results go.
   *
   * @param folder empty for one under {@code results} whose name tells data, site and settings
   */
  public record Output(Optional<Path> folder, Existing existing) {}

  /** What becomes of results that are in the folder already. */
  public enum Existing {
    /** Those of the same settings are added to; others are not touched, and the run refused. */
    KEEP,
    /** Trainings go on from their checkpoints. */
    RESUME,
    /** They are deleted before the first training. */
    OVERWRITE
  }

  /**
   * The program that does it.
   *
   * @param version with its commit
   * @param command the words that started it
   */
  public record Program(String version, String command) {}
}
