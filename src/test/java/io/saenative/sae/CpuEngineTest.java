package io.saenative.sae;

import io.saenative.sae.nativelib.NativeEngine;
import java.util.List;

/** The cpu backend, at several numbers of threads. */
class CpuEngineTest extends EngineContract {
  @Override
  List<Engine> variants() {
    return List.of(cpu(2), cpu(1), cpu(5));
  }

  private static Engine cpu(int threads) {
    return new NativeEngine("cpu", threads, Precision.FP32);
  }
}
