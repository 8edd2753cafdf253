package io.saenative.run;

import io.saenative.UserError;
import io.saenative.data.Activations.Source;
import io.saenative.data.Site;
import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A trained SAE and the activations it is for: what both kinds of checkpoint hold.
 *
 * @param site where its activations were recorded, if the file tells
 * @param parameters in the precision that the file holds
 * @param inputFactor what its activations must be multiplied by first
 * @param validation the validation rows it was trained beside, if the file tells
 */
public record TrainedSae(
    SaeConfig config,
    Optional<Site> site,
    double inputFactor,
    Parameters parameters,
    Optional<Source> validation) {

  /**
   * Reads one of the experiment's {@code .pt} checkpoints or one of our {@code .safetensors}.
   *
   * @throws UserError if the file is neither, or damaged
   */
  public static TrainedSae read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UserError("there is no checkpoint " + file);
    }
    String name = file.getFileName().toString();
    if (name.endsWith(".pt")) {
      return ExperimentCheckpoint.read(file);
    }
    if (name.endsWith(".safetensors")) {
      return TrainingCheckpoint.open(file).sae();
    }
    throw new UserError(file + " is not a checkpoint: its name must end in .pt or .safetensors");
  }

  /** The digest by which outputs name weights: of W_enc, b_enc, W_dec [d_sae, d_in] and b_dec. */
  static String sha256(Parameters p) {
    return HexFormat.of().formatHex(Tensor.sha256(p.wEnc(), p.bEnc(), p.wDec(), p.bDec()).digest());
  }
}
