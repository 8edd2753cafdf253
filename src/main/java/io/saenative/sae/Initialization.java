package io.saenative.sae;

import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** The parameters that a training starts from. */
public final class Initialization {
  /** The least norm that a decoder direction is divided by, as torch's normalize has it. */
  private static final double LEAST_NORM = 1e-12;

  private Initialization() {}

  /**
   * As two torch {@code nn.Linear} layers: weights and biases uniform in ±1/√fan_in, where fan_in
   * is d_in for the encoder and d_sae for the decoder; then each latent's decoder direction is
   * scaled to unit norm, once. Encoder weights, encoder biases, decoder weights (latent-major) and
   * decoder biases are drawn in this order from L64X128MixRandom, so that a seed gives the same
   * bits everywhere; they are not the bits torch draws.
   *
   * @return F32 parameters
   */
  public static Parameters torchLinear(SaeConfig c, long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    double encoderBound = 1 / Math.sqrt(c.dIn());
    double decoderBound = 1 / Math.sqrt(c.dSae());
    Parameters p = Parameters.zeros(c, DType.F32);
    fillUniform(p.wEnc(), encoderBound, random);
    fillUniform(p.bEnc(), encoderBound, random);
    fillUniform(p.wDec(), decoderBound, random);
    fillUniform(p.bDec(), decoderBound, random);
    for (int j = 0; j < c.dSae(); j++) {
      scaleToUnitNorm(p.wDec().rows(j, j + 1));
    }
    return p;
  }

  private static void fillUniform(Tensor t, double bound, RandomGenerator random) {
    for (long i = 0, n = t.size(); i < n; i++) {
      t.set(i, random.nextDouble(-bound, bound));
    }
  }

  private static void scaleToUnitNorm(Tensor direction) {
    double squares = 0;
    for (long i = 0, n = direction.size(); i < n; i++) {
      squares += direction.get(i) * direction.get(i);
    }
    double norm = Math.max(Math.sqrt(squares), LEAST_NORM);
    for (long i = 0, n = direction.size(); i < n; i++) {
      direction.set(i, direction.get(i) / norm);
    }
  }
}
