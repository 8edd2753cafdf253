package io.saenative.cli;

import com.sun.management.OperatingSystemMXBean;
import io.saenative.UserError;
import io.saenative.run.Backends;
import io.saenative.sae.nativelib.CudaDevices;
import io.saenative.sae.nativelib.NativeLibrary;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Says what was found on this machine. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Says what was found here: Java, native library, memory, GPUs, backends.")
final class DoctorCommand implements Callable<Integer> {
  private static final double GB = 1e9;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    line(
        out,
        "java",
        System.getProperty("java.runtime.version") + " at " + System.getProperty("java.home"));
    line(
        out,
        "system",
        "%s %s, %d threads"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors()));
    line(
        out,
        "memory",
        "%.1f GB, of which the Java heap may take %.1f GB"
            .formatted(physicalMemory() / GB, Runtime.getRuntime().maxMemory() / GB));
    line(
        out,
        "native library",
        switch (NativeLibrary.status()) {
          case NativeLibrary.Loaded(var file, int abi) -> file + ", ABI version " + abi;
          case NativeLibrary.Missing(String reason) -> reason;
        });
    for (String device : devices()) {
      line(out, "GPU", device);
    }
    for (Backends.Availability backend : Backends.all()) {
      line(
          out,
          "backend " + backend.name(),
          backend.available() ? backend.text() : "cannot run: " + backend.text());
    }
    return 0;
  }

  private static List<String> devices() {
    try {
      CudaDevices found = CudaDevices.list();
      if (found.devices().isEmpty()) {
        return List.of("none that the driver for CUDA " + found.driver() + " can use");
      }
      return found.devices().stream().map(device -> text(device, found.driver())).toList();
    } catch (UserError e) {
      return List.of(e.getMessage());
    }
  }

  private static String text(CudaDevices.Device device, String driver) {
    return "%s, compute capability %s, %.1f GB, %d multiprocessors, driver for CUDA %s"
        .formatted(
            device.name(),
            device.capability(),
            device.memoryBytes() / GB,
            device.multiprocessors(),
            driver);
  }

  private static void line(PrintWriter out, String what, String text) {
    out.printf("%-18s %s%n", what, text);
  }

  private static long physicalMemory() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }
}
