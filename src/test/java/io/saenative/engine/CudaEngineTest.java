package io.saenative.engine;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The CUDA kernels on a GPU. */
@Tag("gpu")
class CudaEngineTest extends DeviceContract {
  @BeforeAll
  static void requireDevice() {
    DeviceBackends.cuda(Precision.FP32);
  }

  @Override
  Engine engine(Precision precision) {
    return DeviceBackends.cuda(precision);
  }
}
