package io.saenative.analysis;

import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.data.Activations;
import io.saenative.data.Fixtures;
import io.saenative.data.Site;
import io.saenative.format.TorchFile;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Codes;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.Map;

/**
 * Real activations and what the experiment's own Python trained on them: layer 3, position 3 of a
 * small language model, 1,495 validation rows of width 384, 512 latents.
 *
 * @param codes those of the validation rows, by the reference engine
 */
public record Pipeline(
    Activations validation, Parameters parameters, SaeConfig config, Codes codes) {

  /**
   * @param k 100 or 300
   */
  public static Pipeline load(int k) {
    Activations validation =
        Fixtures.read(Shared.file("pipeline/lm_val_activations.pt"), new Site(3, 3));
    Map<?, ?> root =
        (Map<?, ?>) TorchFile.open(Shared.file("pipeline/pos3_layer3_d512_k" + k + ".pt")).root();
    Map<?, ?> weights = (Map<?, ?>) root.get("model_state_dict");
    Parameters parameters =
        new Parameters(
                (Tensor) weights.get("encoder.weight"),
                (Tensor) weights.get("encoder.bias"),
                ((Tensor) weights.get("decoder.weight")).transposed(),
                (Tensor) weights.get("decoder.bias"))
            .as(DType.F64);
    SaeConfig config = new SaeConfig(validation.dIn(), 512, k, Selection.ABS, false);
    try (Session session = new ReferenceEngine().open(config, Optimizer.adam(1e-3, 256))) {
      session.setState(Session.State.PARAMETERS, parameters);
      return new Pipeline(validation, parameters, config, session.encodeTopK(validation.x()));
    }
  }

  public LatentStatistics statistics() {
    LatentStatistics statistics = new LatentStatistics(config.dSae());
    statistics.accept(0, codes);
    return statistics;
  }
}
