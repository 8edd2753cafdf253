package io.saenative.analysis.latents;

import io.saenative.sae.Parameters;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Lengths and angles of an SAE's weights.
 *
 * @param decoderNorm of the latents' decoder directions; 1 at the start of the experiment's
 *     training, free afterwards
 * @param encoderNorm of the latents' encoder weights
 * @param encoderDecoderCosine of each latent's encoder weights with its decoder direction
 * @param nearestAbsCosine |cosine| of each latent's decoder direction with that of its nearest
 *     latent
 * @param latents the same latent by latent
 */
public record DictionaryGeometry(
    Distribution decoderNorm,
    Distribution encoderNorm,
    Distribution encoderDecoderCosine,
    Distribution nearestAbsCosine,
    List<LatentGeometry> latents) {

  /**
   * One latent.
   *
   * @param nearest the latents whose decoder directions have the largest |cosine| with this one's,
   *     largest first
   */
  public record LatentGeometry(
      int latent,
      double decoderNorm,
      double encoderNorm,
      double encoderDecoderCosine,
      List<Neighbour> nearest) {}

  /**
   * @param cosine signed: latents whose activations have both signs may point either way
   */
  public record Neighbour(int latent, double cosine) {}

  /**
   * @param neighbours number of nearest latents to name for each latent; there must be two latents
   *     at least
   */
  public static DictionaryGeometry of(Parameters parameters, int neighbours) {
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
    List<LatentGeometry> latents =
        IntStream.range(0, decoder.rows())
            .mapToObj(
                latent ->
                    new LatentGeometry(
                        latent,
                        decoder.norms()[latent],
                        encoder.norms()[latent],
                        encoderDecoder[latent],
                        nearest.of(latent).stream()
                            .map(e -> new Neighbour(e.row(), e.value()))
                            .toList()))
            .toList();
    return new DictionaryGeometry(
        Distribution.of(decoder.norms()),
        Distribution.of(encoder.norms()),
        Distribution.of(encoderDecoder),
        Distribution.of(
            latents.stream().mapToDouble(l -> Math.abs(l.nearest().getFirst().cosine())).toArray()),
        latents);
  }
}
