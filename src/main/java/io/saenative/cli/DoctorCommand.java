package io.saenative.cli;

import com.sun.management.OperatingSystemMXBean;
import io.saenative.UserError;
import io.saenative.run.Backends;
import io.saenative.run.Backends.Availability;
import io.saenative.sae.nativelib.CudaDriver;
import io.saenative.sae.nativelib.NativeLibrary;
import java.lang.management.ManagementFactory;
import java.util.List;
import picocli.CommandLine.Command;

/** Says what was found on this machine. */
@Command(
    name = "doctor",
    customSynopsis = "sae-native doctor [OPTION...]",
    description = "Says what was found here: Java, native library, memory, GPUs, backends.")
final class DoctorCommand extends Task {
  private static final double GB = 1e9;

  /** What was found, each in words. */
  private record Found(
      String java,
      String system,
      String memory,
      String nativeLibrary,
      List<String> gpus,
      List<Availability> backends) {}

  @Override
  int run(Console console) {
    Found found =
        new Found(
            System.getProperty("java.runtime.version") + " at " + System.getProperty("java.home"),
            "%s %s, %s"
                .formatted(
                    System.getProperty("os.name"),
                    System.getProperty("os.arch"),
                    Console.count(Runtime.getRuntime().availableProcessors(), "thread")),
            "%.1f GB, of which the Java heap may take %.1f GB"
                .formatted(physicalMemory() / GB, Runtime.getRuntime().maxMemory() / GB),
            switch (NativeLibrary.status()) {
              case NativeLibrary.Loaded(var file, int abi) -> file + ", ABI version " + abi;
              case NativeLibrary.Missing(String reason) -> reason;
            },
            gpus(),
            Backends.all());
    print(console, found);
    console.json(found);
    // The last backend always runs.
    Availability best =
        found.backends.stream().filter(Availability::available).findFirst().orElseThrow();
    console.finding(
        "ready: sae-native --k 300 trains on the %s backend (%s)"
            .formatted(best.name(), best.text()));
    return DONE;
  }

  private static void print(Console console, Found found) {
    line(console, "java", found.java);
    line(console, "system", found.system);
    line(console, "memory", found.memory);
    line(console, "native library", found.nativeLibrary);
    found.gpus.forEach(gpu -> line(console, "GPU", gpu));
    for (Availability backend : found.backends) {
      line(
          console,
          "backend " + backend.name(),
          backend.available() ? backend.text() : "cannot run: " + backend.text());
    }
    console.out().println();
  }

  private static void line(Console console, String what, String text) {
    console.out().printf("%-18s %s%n", what, text);
  }

  private static List<String> gpus() {
    try {
      CudaDriver.Devices found = CudaDriver.devices();
      if (found.devices().isEmpty()) {
        return List.of("none that the driver for CUDA " + found.driver() + " can use");
      }
      return found.devices().stream().map(device -> text(device, found.driver())).toList();
    } catch (UserError e) {
      return List.of(e.getMessage());
    }
  }

  private static String text(CudaDriver.Device device, String driver) {
    return "%s, compute capability %s, %.1f GB, %d multiprocessors, driver for CUDA %s"
        .formatted(
            device.name(),
            device.capability(),
            device.memoryBytes() / GB,
            device.multiprocessors(),
            driver);
  }

  private static long physicalMemory() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }
}
