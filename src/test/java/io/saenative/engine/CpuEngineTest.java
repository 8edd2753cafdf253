package io.saenative.engine;

import io.saenative.engine.nativelib.NativeEngine;
import java.util.List;

/** The cpu backend, at several numbers of threads. */
class CpuEngineTest extends EngineContract {
  @Override
  List<Engine> variants() {
    return List.of(new NativeEngine("cpu", 2), new NativeEngine("cpu", 1), new NativeEngine("cpu", 5));
  }
}
