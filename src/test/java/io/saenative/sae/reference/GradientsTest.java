package io.saenative.sae.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GradientsTest {
  private static final int D_IN = 5;
  private static final int D_SAE = 8;
  private static final int ROWS = 19; // more than one block

  /**
   * Central differences of the loss. While the selection stays, the loss is a quadratic function of
   * each single parameter, so they are exact but for the rounding of the two losses, each of which
   * is right to a few ulp.
   */
  @ParameterizedTest
  @CsvSource({
    "ABS,false,1",
    "ABS,false,3",
    "ABS,false,8",
    "ABS,true,3",
    "RELU,false,1",
    "RELU,false,5",
    "RELU,true,3",
    "RELU,true,8"
  })
  void gradientsAreThoseOfTheLoss(Selection selection, boolean preBias, int k) {
    SaeConfig c = new SaeConfig(D_IN, D_SAE, k, selection, preBias);
    double step = 1e-4;
    Random random = new Random(3);
    ParameterArrays p = ParameterArrays.zeros(c);
    p.arrays().forEach(a -> fill(a, random));
    double[] x = new double[ROWS * D_IN];
    fill(x, random);
    requireNoTieNear(c, p, x, 10 * step);

    ParameterArrays gradient = ParameterArrays.zeros(c);
    double loss = Gradients.gradients(c, p, x, ROWS, gradient);
    double tolerance = 16 * Math.ulp(loss) / step;
    ParameterArrays unused = ParameterArrays.zeros(c);
    for (int a = 0; a < p.arrays().size(); a++) {
      double[] parameter = p.arrays().get(a);
      for (int i = 0; i < parameter.length; i++) {
        double at = parameter[i];
        parameter[i] = at + step;
        double above = Gradients.gradients(c, p, x, ROWS, unused);
        parameter[i] = at - step;
        double below = Gradients.gradients(c, p, x, ROWS, unused);
        parameter[i] = at;
        assertEquals(
            (above - below) / (2 * step),
            gradient.arrays().get(a)[i],
            tolerance,
            "tensor " + a + ", element " + i);
      }
    }
  }

  /** Otherwise a step of the difference would change the selection, and the test its subject. */
  private static void requireNoTieNear(SaeConfig c, ParameterArrays p, double[] x, double margin) {
    SaeConfig all = new SaeConfig(c.dIn(), c.dSae(), c.dSae(), Selection.ABS, c.preBias());
    double[] z = Forward.encodeTopK(all, p, x, ROWS).values();
    for (int r = 0; r < ROWS; r++) {
      double[] keys = new double[D_SAE];
      for (int j = 0; j < D_SAE; j++) {
        double zj = z[r * D_SAE + j];
        keys[j] = c.selection() == Selection.ABS ? Math.abs(zj) : zj;
        assertTrue(c.selection() == Selection.ABS || Math.abs(zj) > margin, "choose another seed");
      }
      Arrays.sort(keys);
      int least = D_SAE - c.k();
      assertTrue(least == 0 || keys[least] - keys[least - 1] > margin, "choose another seed");
    }
  }

  private static void fill(double[] a, Random random) {
    for (int i = 0; i < a.length; i++) {
      a[i] = random.nextGaussian();
    }
  }
}
