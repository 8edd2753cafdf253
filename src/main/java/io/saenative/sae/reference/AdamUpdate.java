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
    double stepSize = o.lr() / (1 - Math.pow(o.beta1(), t));
    double rootCorrection = Math.sqrt(1 - Math.pow(o.beta2(), t));
    for (int a = 0; a < p.arrays().size(); a++) {
      adamUpdate(
          o,
          stepSize,
          rootCorrection,
          p.arrays().get(a),
          g.arrays().get(a),
          m.arrays().get(a),
          v.arrays().get(a));
    }
  }

  private static void adamUpdate(
      Optimizer o,
      double stepSize,
      double rootCorrection,
      double[] p,
      double[] g,
      double[] m,
      double[] v) {
    double keep = o.beta2();
    double blend1 = 1 - o.beta1();
    double blend2 = 1 - o.beta2();
    double eps = o.eps();
    for (int i = 0; i < p.length; i++) {
      m[i] += blend1 * (g[i] - m[i]);
      v[i] = keep * v[i] + blend2 * g[i] * g[i];
      p[i] -= stepSize * m[i] / (Math.sqrt(v[i]) / rootCorrection + eps);
    }
  }
}
