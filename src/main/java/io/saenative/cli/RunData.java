package io.saenative.cli;

import io.saenative.UserError;
import io.saenative.data.ActivationFile;
import io.saenative.data.Activations;
import io.saenative.data.InputScaling;
import io.saenative.data.synthetic.PlantedTruth;
import io.saenative.data.synthetic.SyntheticData;

/**
 * The rows of a run, as the SAE sees them.
 *
 * @param inputFactor what they have been multiplied by
 * @param truth what was planted in the synthetic set; null for other rows
 */
record RunData(Activations train, Activations validation, double inputFactor, PlantedTruth truth) {

  /**
   * Reads or makes them.
   *
   * @throws UserError if a file cannot be used or the two do not fit together
   */
  static RunData load(RunOptions options) {
    RunData raw = options.synthetic() ? generated() : files(options);
    double factor = options.inputScaling.factor(raw.train());
    return new RunData(
        InputScaling.scaled(raw.train(), factor),
        InputScaling.scaled(raw.validation(), factor),
        factor,
        raw.truth());
  }

  boolean synthetic() {
    return train.source().synthetic();
  }

  private static RunData generated() {
    SyntheticData data = SyntheticData.generate();
    return new RunData(data.train(), data.validation(), 1, data.truth());
  }

  private static RunData files(RunOptions options) {
    Activations train =
        ActivationFile.read(
            options.trainData, options.layer, options.position, options.trainLabels);
    Activations validation =
        ActivationFile.read(options.valData, options.layer, options.position, options.valLabels);
    if (train.dIn() != validation.dIn()) {
      throw new UserError(
          "%s is %d wide but %s is %d wide: --train-data and --val-data must come from the same model"
              .formatted(options.trainData, train.dIn(), options.valData, validation.dIn()));
    }
    return new RunData(train, validation, 1, null);
  }
}
