package io.saenative.sae;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.saenative.UserError;
import io.saenative.sae.nativelib.NativeEngine;

/** Backends for tests that not every machine can have. */
public final class DeviceBackends {
  private DeviceBackends() {}

  /**
   * The CUDA kernels on this processor; skips where its fibres are not written for it, and only
   * there.
   */
  public static Engine simt(Precision precision) {
    String arch = System.getProperty("os.arch");
    assumeFalse(Boolean.getBoolean("sae.quick"), "the quick build makes no simt backend");
    assumeTrue(arch.equals("amd64"), "the simt backend is written for x86-64, this is " + arch);
    return new NativeEngine("simt", 0, precision);
  }

  /** Skips where there is no GPU, and says why; fails there instead where SAE_REQUIRE_GPU is 1. */
  public static Engine cuda(Precision precision) {
    try {
      return new NativeEngine("cuda", 0, precision);
    } catch (UserError e) {
      if ("1".equals(System.getenv("SAE_REQUIRE_GPU"))) {
        return fail("SAE_REQUIRE_GPU is 1, but " + e.getMessage());
      }
      return abort("no cuda backend: " + e.getMessage());
    }
  }

  /** By name. */
  public static Engine named(String name, Precision precision) {
    return switch (name) {
      case "simt" -> simt(precision);
      case "cuda" -> cuda(precision);
      default -> new NativeEngine(name, 0, precision);
    };
  }
}
