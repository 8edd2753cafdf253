package io.saenative.engine;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The CUDA kernels on a GPU. */
@Tag("gpu")
class CudaEngineTest extends EngineContract {
  @BeforeAll
  static void requireDevice() {
    DeviceBackends.cuda();
  }

  @Override
  List<Engine> variants() {
    return List.of(DeviceBackends.cuda());
  }
}
