package io.saenative.engine;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** The CUDA kernels on a GPU. */
@Tag("gpu")
class CudaEngineTest extends EngineContract {
  @BeforeAll
  static void requireDevice() {
    DeviceBackends.cuda(Precision.FP32);
  }

  @Override
  List<Engine> variants() {
    return List.of(DeviceBackends.cuda(Precision.FP32));
  }

  @Nested
  class InBf16x3 extends EngineContract {
    @Override
    List<Engine> variants() {
      return List.of(DeviceBackends.cuda(Precision.BF16X3));
    }
  }

  @Nested
  class InBf16 extends EngineContract {
    @Override
    List<Engine> variants() {
      return List.of(DeviceBackends.cuda(Precision.BF16));
    }
  }
}
