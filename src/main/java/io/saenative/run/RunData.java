package io.saenative.run;

import io.saenative.UserError;
import io.saenative.analysis.SaeAnalysis.AnalysedData;
import io.saenative.data.ActivationFile;
import io.saenative.data.Activations;
import io.saenative.data.InputScaling;
import io.saenative.data.SharedRows;
import io.saenative.data.Site;
import io.saenative.data.synthetic.PlantedTruth;
import io.saenative.data.synthetic.SyntheticData;
import io.saenative.run.ExperimentConfig.Files;
import io.saenative.run.ExperimentConfig.Inputs;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a run, as the SAE sees them.
 *
 * @param inputFactor what they have been multiplied by
 * @param truth what was planted in the synthetic set; null for other rows
 * @param site where they were recorded; empty where they do not tell
 * @param sharedRows validation rows that are training rows as well, bit for bit
 */
public record RunData(
    Activations train,
    Activations validation,
    double inputFactor,
    @Nullable PlantedTruth truth,
    Optional<Site> site,
    int sharedRows) {
  /** Where the built-in set stands for rows of the experiment. */
  public static final Site SYNTHETIC_SITE = new Site(14, 3);

  /**
   * Reads or makes them.
   *
   * @throws UserError if a file cannot be used or the two do not fit together
   */
  static RunData load(Inputs inputs, InputScaling scaling) {
    if (inputs.files().isEmpty()) {
      SyntheticData data = SyntheticData.generate();
      return of(
          data.train(), data.validation(), scaling, data.truth(), Optional.of(SYNTHETIC_SITE));
    }
    Files files = inputs.files().get();
    Activations train = read(files.train(), inputs, files.trainLabels());
    Activations validation = read(files.validation(), inputs, files.validationLabels());
    if (train.dIn() != validation.dIn()) {
      throw new UserError(
          ("%s is %d wide but %s is %d wide: --train-data and --val-data must come from the same"
                  + " model")
              .formatted(files.train(), train.dIn(), files.validation(), validation.dIn()));
    }
    return of(
        train, validation, scaling, null, train.site().filter(s -> validation.site().isPresent()));
  }

  private static Activations read(Path file, Inputs inputs, Optional<Path> labels) {
    return ActivationFile.read(file, inputs.site(), labels);
  }

  private static RunData of(
      Activations train,
      Activations validation,
      InputScaling scaling,
      @Nullable PlantedTruth truth,
      Optional<Site> site) {
    double factor = scaling.factor(train);
    return new RunData(
        InputScaling.scaled(train, factor),
        InputScaling.scaled(validation, factor),
        factor,
        truth,
        site,
        SharedRows.count(train, validation));
  }

  AnalysedData analysed() {
    return new AnalysedData(validation, train, truth);
  }
}
