package io.saenative.tensor;

import com.sun.management.OperatingSystemMXBean;
import io.saenative.UserError;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Memory that the machine can give, and tensors of a size that a file asks for: refused in one line
 * where it cannot.
 */
public final class Allocation {
  private static final Path MEMORY_INFO = Path.of("/proc/meminfo");

  private Allocation() {}

  /**
   * {@link Tensor#zeros} after asking for the memory; {@code what} begins the sentence of a
   * refusal.
   */
  public static Tensor zeros(String what, DType dtype, long... shape) {
    long bytes;
    try {
      bytes = Tensor.bytes(dtype, shape);
    } catch (ArithmeticException e) {
      throw new UserError(
          what + " needs more memory than can be addressed: is the file damaged?", e);
    }
    long available = availableBytes();
    if (bytes > available) {
      throw new UserError(
          "%s needs %s of memory and %s is available: free some or use a larger machine"
              .formatted(what, gigabytes(bytes), gigabytes(available)));
    }
    try {
      return Tensor.zeros(dtype, shape);
    } catch (OutOfMemoryError e) { // Java's own limit, by default the size of its heap
      throw new UserError(
          ("%s needs %s of native memory, more than Java may use: start it with java"
                  + " -XX:MaxDirectMemorySize=%sg")
              .formatted(what, gigabytes(bytes), ((bytes * 2) >> 30) + 1),
          e);
    }
  }

  /** Bytes that new allocations can get without swapping, within the limit of a container. */
  public static long availableBytes() {
    long limit =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    try {
      for (String line : Files.readAllLines(MEMORY_INFO)) {
        if (line.startsWith("MemAvailable:")) {
          return Math.min(limit, 1024 * Long.parseLong(line.replaceAll("\\D", "")));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return limit; // a system without this file tells only what it has
    }
    return limit;
  }

  /** As "1.50 GB", in every locale. */
  public static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
