package io.saenative.engine;

import java.util.List;
import org.junit.jupiter.api.Nested;

/** The CUDA kernels, launched on this processor. */
class SimtEngineTest extends EngineContract {
  @Override
  List<Engine> variants() {
    return List.of(DeviceBackends.simt(Precision.FP32));
  }

  @Nested
  class InBf16x3 extends EngineContract {
    @Override
    List<Engine> variants() {
      return List.of(DeviceBackends.simt(Precision.BF16X3));
    }
  }

  @Nested
  class InBf16 extends EngineContract {
    @Override
    List<Engine> variants() {
      return List.of(DeviceBackends.simt(Precision.BF16));
    }
  }
}
