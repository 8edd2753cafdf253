package io.saenative.analysis.latents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.latents.DictionaryGeometry.LatentGeometry;
import io.saenative.analysis.latents.DictionaryGeometry.Neighbour;
import io.saenative.sae.Parameters;
import io.saenative.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DictionaryGeometryTest {
  @Test
  void lengthsAnglesAndNeighboursByHand() {
    Tensor wDec = Tensor.of(new double[] {3, 4, -6, -8, 4, -3, 0, 2}, 4, 2);
    Tensor wEnc = Tensor.of(new double[] {4, 3, 6, 8, 0, 0, 5, 0}, 4, 2);
    List<LatentGeometry> latents =
        DictionaryGeometry.latents(
            new Parameters(wEnc, Tensor.of(new double[4], 4), wDec, Tensor.of(new double[2], 2)),
            2);
    LatentGeometry first = latents.getFirst();
    assertEquals(5, first.decoderNorm());
    assertEquals(5, first.encoderNorm());
    assertEquals(0.96, first.encoderDecoderCosine(), 1e-15);
    assertEquals(
        List.of(1, 3), first.nearest().stream().map(Neighbour::latent).toList(), "by |cosine|");
    assertEquals(-1, first.nearest().get(0).cosine(), 1e-15);
    assertEquals(0.8, first.nearest().get(1).cosine(), 1e-15);
    assertEquals(0, latents.get(2).encoderDecoderCosine(), "of an encoder row of zeros");
    DictionaryGeometry geometry = DictionaryGeometry.of(latents);
    assertEquals(new Distribution(4, 2, 4.25, 5, 6.25, 10), geometry.decoderNorm());
    assertEquals(1, geometry.nearestAbsCosine().max(), 1e-15);
  }

  /** Around the tile of 64 columns and the block of 4 rows. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 63, 5", "4, 64, 33", "5, 65, 2", "9, 130, 17"})
  void everyCosineIsThatOfItsTwoRows(int rows, int otherRows, int width) {
    SplittableRandom random = new SplittableRandom(7);
    double[] a = random.doubles((long) rows * width, -1, 1).toArray();
    double[] b = random.doubles((long) otherRows * width, -1, 1).toArray();
    boolean[][] seen = new boolean[rows][otherRows];
    new UnitRows(Tensor.of(a, rows, width))
        .cosines(
            new UnitRows(Tensor.of(b, otherRows, width)),
            (row, otherRow, cosine) -> {
              double ab = 0;
              double aa = 0;
              double bb = 0;
              for (int i = 0; i < width; i++) {
                ab += a[row * width + i] * b[otherRow * width + i];
                aa += a[row * width + i] * a[row * width + i];
                bb += b[otherRow * width + i] * b[otherRow * width + i];
              }
              assertEquals(ab / Math.sqrt(aa * bb), cosine, 1e-14);
              seen[row][otherRow] = true;
            });
    for (boolean[] row : seen) {
      for (boolean s : row) {
        assertTrue(s);
      }
    }
  }
}
