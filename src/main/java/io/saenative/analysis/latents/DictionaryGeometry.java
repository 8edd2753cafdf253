package io.saenative.analysis.latents;

import io.saenative.sae.Parameters;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Lengths and angles of an SAE's weights, over all latents.
 *
 * @param decoderNorm of the latents' decoder directions; 1 at the start of the experiment's
 *     training, free afterwards
 * @param encoderNorm of the latents' encoder weights
 * @param encoderDecoderCosine of each latent's encoder weights with its decoder direction
 * @param nearestAbsCosine |cosine| of each latent's decoder direction with that of its nearest
 *     latent
 */
public record DictionaryGeometry(
    Distribution decoderNorm,
    Distribution encoderNorm,
    Distribution encoderDecoderCosine,
    Distribution nearestAbsCosine) {

  /**
   * The weights of one latent.
   *
   * @param nearest the latents whose decoder directions have the largest |cosine| with this one's,
   *     largest first
   */
  public record LatentGeometry(
      double decoderNorm,
      double encoderNorm,
      double encoderDecoderCosine,
      List<Neighbour> nearest) {}

  /**
   * A latent near another one.
   *
   * @param cosine signed: latents whose activations have both signs may point either way
   */
  public record Neighbour(int latent, double cosine) {}

  /** Of all latents, two at least, each with its nearest one. */
  public static DictionaryGeometry of(List<LatentGeometry> latents) {
    return new DictionaryGeometry(
        distribution(latents, LatentGeometry::decoderNorm),
        distribution(latents, LatentGeometry::encoderNorm),
        distribution(latents, LatentGeometry::encoderDecoderCosine),
        distribution(latents, l -> Math.abs(l.nearest().getFirst().cosine())));
  }

  private static Distribution distribution(
      List<LatentGeometry> latents, ToDoubleFunction<LatentGeometry> figure) {
    return Distribution.of(latents.stream().mapToDouble(figure).toArray());
  }

  /**
   * One for each latent, ascending.
   *
   * @param neighbours number of nearest latents to name for each latent; there must be two latents
   *     at least
   */
  public static List<LatentGeometry> latents(Parameters parameters, int neighbours) {
    UnitRows decoder = new UnitRows(parameters.wDec());
    UnitRows encoder = new UnitRows(parameters.wEnc());
    double[] encoderDecoder = encoder.cosinesByRow(decoder);
    TopRows nearest = new TopRows(decoder.rows(), neighbours);
    decoder.cosines(
        decoder,
        (latent, other, cosine) -> {
          if (latent != other) {
            nearest.add(latent, other, cosine);
          }
        });
    return IntStream.range(0, decoder.rows())
        .mapToObj(
            latent ->
                new LatentGeometry(
                    decoder.norms()[latent],
                    encoder.norms()[latent],
                    encoderDecoder[latent],
                    nearest.of(latent).stream()
                        .map(e -> new Neighbour(e.row(), e.value()))
                        .toList()))
        .toList();
  }
}
