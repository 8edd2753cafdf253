package io.saenative.engine;

import java.util.List;

/** The CUDA kernels, launched on this processor. */
class SimtEngineTest extends EngineContract {
  @Override
  List<Engine> variants() {
    return List.of(DeviceBackends.simt());
  }
}
