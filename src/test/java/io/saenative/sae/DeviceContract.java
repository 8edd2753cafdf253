package io.saenative.sae;

import java.util.List;
import org.junit.jupiter.api.Nested;

/** What the CUDA kernels must do, wherever they run, in each precision. */
abstract class DeviceContract extends EngineContract {
  abstract Engine engine(Precision precision);

  @Override
  List<Engine> variants() {
    return List.of(engine(Precision.FP32));
  }

  @Nested
  class InBf16x3 extends EngineContract {
    @Override
    List<Engine> variants() {
      return List.of(engine(Precision.BF16X3));
    }
  }

  @Nested
  class InBf16 extends EngineContract {
    @Override
    List<Engine> variants() {
      return List.of(engine(Precision.BF16));
    }
  }
}
