package io.saenative.sae;

import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;

/**
 * The four tensors of an SAE: its parameters, or gradients or Adam moments of the same shapes.
 *
 * @param wEnc [d_sae, d_in]
 * @param bEnc [d_sae]
 * @param wDec [d_sae, d_in], latent-major: row j is the decoder direction of latent j
 * @param bDec [d_in]
 */
public record Parameters(Tensor wEnc, Tensor bEnc, Tensor wDec, Tensor bDec) {

  public static Parameters zeros(SaeConfig c, DType dtype) {
    return new Parameters(
        Tensor.zeros(dtype, c.dSae(), c.dIn()),
        Tensor.zeros(dtype, c.dSae()),
        Tensor.zeros(dtype, c.dSae(), c.dIn()),
        Tensor.zeros(dtype, c.dIn()));
  }

  /** This if it has the type already, else a converted copy. */
  public Parameters as(DType dtype) {
    return new Parameters(wEnc.as(dtype), bEnc.as(dtype), wDec.as(dtype), bDec.as(dtype));
  }

  public boolean sameBits(Parameters other) {
    return wEnc.sameBits(other.wEnc)
        && bEnc.sameBits(other.bEnc)
        && wDec.sameBits(other.wDec)
        && bDec.sameBits(other.bDec);
  }
}
