package io.saenative.sae.reference;

import io.saenative.sae.Parameters;
import io.saenative.sae.SaeConfig;
import io.saenative.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * {@link Parameters} as flat arrays: parameters, gradients or Adam moments.
 *
 * @param wEnc [d_sae · d_in]
 * @param bEnc [d_sae]
 * @param wDec [d_sae · d_in], latent-major
 * @param bDec [d_in]
 */
record ParameterArrays(double[] wEnc, double[] bEnc, double[] wDec, double[] bDec) {

  static ParameterArrays zeros(SaeConfig c) {
    int n = Math.multiplyExact(c.dSae(), c.dIn());
    return new ParameterArrays(
        new double[n], new double[c.dSae()], new double[n], new double[c.dIn()]);
  }

  static ParameterArrays of(Parameters p, SaeConfig c) {
    requireShape("W_enc", p.wEnc(), c.dSae(), c.dIn());
    requireShape("b_enc", p.bEnc(), c.dSae());
    requireShape("W_dec", p.wDec(), c.dSae(), c.dIn());
    requireShape("b_dec", p.bDec(), c.dIn());
    return new ParameterArrays(
        p.wEnc().toDoubles(), p.bEnc().toDoubles(), p.wDec().toDoubles(), p.bDec().toDoubles());
  }

  Parameters toParameters(SaeConfig c) {
    return new Parameters(
        Tensor.of(wEnc, c.dSae(), c.dIn()),
        Tensor.of(bEnc, c.dSae()),
        Tensor.of(wDec, c.dSae(), c.dIn()),
        Tensor.of(bDec, c.dIn()));
  }

  /** The four arrays, in the order of the components. */
  List<double[]> arrays() {
    return List.of(wEnc, bEnc, wDec, bDec);
  }

  void clear() {
    arrays().forEach(a -> Arrays.fill(a, 0));
  }

  private static void requireShape(String name, Tensor t, long... shape) {
    if (!Arrays.equals(t.shape(), shape)) {
      throw new IllegalArgumentException(
          "%s has the shape %s, not %s"
              .formatted(name, Arrays.toString(t.shape()), Arrays.toString(shape)));
    }
  }
}
