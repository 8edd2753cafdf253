package io.saenative.sae.reference;

import io.saenative.sae.Optimizer;

/**
 * Adam in torch's form, on every parameter; t counts updates from 1.
 *
 * <pre>
 *   m += (1 − β1)(g − m)
 *   v  = β2 v + (1 − β2) g²
 *   p −= lr / (1 − β1ᵗ) · m / (√v / √(1 − β2ᵗ) + ε)
 * </pre>
 */
final class AdamUpdate {
  private AdamUpdate() {}

  /**
   * Updates p, m and v in place.
   *
   * @param t number of this update, the first being 1
   */
  static void adamUpdate(
      Optimizer o,
      long t,
      ParameterArrays p,
      ParameterArrays g,
      ParameterArrays m,
      ParameterArrays v) {
    double stepSize = o.lr() / (1 - Math.pow(o.beta1(), (double) t));
    double rootCorrection = Math.sqrt(1 - Math.pow(o.beta2(), (double) t));
    for (int a = 0; a < p.arrays().size(); a++) {
      double[] pa = p.arrays().get(a);
      double[] ga = g.arrays().get(a);
      double[] ma = m.arrays().get(a);
      double[] va = v.arrays().get(a);
      for (int i = 0; i < pa.length; i++) {
        ma[i] += (1 - o.beta1()) * (ga[i] - ma[i]);
        va[i] = o.beta2() * va[i] + (1 - o.beta2()) * ga[i] * ga[i];
        pa[i] -= stepSize * ma[i] / (Math.sqrt(va[i]) / rootCorrection + o.eps());
      }
    }
  }
}
