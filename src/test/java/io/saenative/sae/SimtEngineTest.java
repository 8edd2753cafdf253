package io.saenative.sae;

/** The CUDA kernels, launched on this processor. */
class SimtEngineTest extends DeviceContract {
  @Override
  Engine engine(Precision precision) {
    return DeviceBackends.simt(precision);
  }
}
