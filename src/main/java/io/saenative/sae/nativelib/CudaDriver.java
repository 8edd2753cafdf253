package io.saenative.sae.nativelib;

import io.saenative.UserError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** The NVIDIA driver through JCuda, loaded when it is first asked for, and the cards it sees. */
public final class CudaDriver {
  private static final String DRIVER = "libcuda.so.1";
  private static final String TEMPORARY = "java.io.tmpdir";
  private static final int NAME_BYTES = 256;

  private CudaDriver() {}

  /**
   * What the driver says of this machine.
   *
   * @param driver the newest CUDA that it runs, such as {@code 12.6}
   * @param devices in CUDA's order; empty where the driver sees none
   */
  public record Devices(String driver, List<Device> devices) {}

  /**
   * @param name of the card
   * @param capability compute capability, such as {@code 9.0}
   * @param memoryBytes in all
   * @param multiprocessors number of them
   */
  public record Device(String name, String capability, long memoryBytes, int multiprocessors) {}

  /**
   * Asks the driver.
   *
   * @throws UserError saying why there is no driver to ask
   */
  public static Devices devices() {
    load();
    int[] number = new int[1];
    check(JCudaDriver.cuDriverGetVersion(number), "cuDriverGetVersion");
    String driver = number[0] / 1000 + "." + number[0] % 1000 / 10;
    check(JCudaDriver.cuDeviceGetCount(number), "cuDeviceGetCount");
    return new Devices(
        driver, IntStream.range(0, number[0]).mapToObj(CudaDriver::describe).toList());
  }

  private static Device describe(int ordinal) {
    CUdevice device = device(ordinal);
    byte[] name = new byte[NAME_BYTES];
    check(JCudaDriver.cuDeviceGetName(name, NAME_BYTES, device), "cuDeviceGetName");
    long[] memory = new long[1];
    check(JCudaDriver.cuDeviceTotalMem(memory, device), "cuDeviceTotalMem");
    int major = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
    int minor = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    return new Device(
        new String(name, StandardCharsets.UTF_8).replaceFirst("\0.*", ""),
        major + "." + minor,
        memory[0],
        multiprocessors(device));
  }

  static CUdevice device(int ordinal) {
    CUdevice device = new CUdevice();
    check(JCudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet");
    return device;
  }

  static int multiprocessors(CUdevice device) {
    return attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  }

  private static int attribute(CUdevice device, int which) {
    int[] value = new int[1];
    check(JCudaDriver.cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute");
    return value[0];
  }

  /**
   * Makes {@link JCudaDriver} callable.
   *
   * @throws UserError in one line, if there is no driver or it does not start
   */
  static void load() {
    require(DRIVER, "no NVIDIA driver");
    load(() -> JCudaDriver.setExceptionsEnabled(false));
    check(JCudaDriver.cuInit(0), "cuInit");
  }

  /**
   * Refuses where a library that JCuda links to is not installed; JCuda itself would say it in a
   * page of stack traces.
   *
   * @param without what is missing then, for the message
   */
  static void require(String library, String without) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup.libraryLookup(library, arena);
    } catch (IllegalArgumentException e) {
      throw new UserError(without + ": " + library + " cannot be loaded", e);
    }
  }

  /**
   * Runs the first call of a JCuda class, which extracts its library to {@code java.io.tmpdir}
   * under a fixed name, or loads what lies there already, whoever put it there. It is given a
   * folder of its own, which goes away at once: a library that is loaded needs its file no more.
   * Only the system property tells JCuda of another folder, so for the length of that call it is
   * another one for the whole program.
   */
  static synchronized void load(Runnable firstCall) {
    String shared = System.getProperty(TEMPORARY);
    try {
      Path folder = Files.createTempDirectory("sae-native-jcuda-").toAbsolutePath();
      try {
        System.setProperty(TEMPORARY, folder.toString());
        firstCall.run();
      } finally {
        System.setProperty(TEMPORARY, shared);
        delete(folder);
      }
    } catch (LinkageError e) {
      String text = Objects.requireNonNullElse(e.getMessage(), "");
      throw new UserError(
          "JCuda cannot be loaded: " + text.lines().findFirst().orElse(e.toString()), e);
    } catch (IOException e) {
      throw new UserError("JCuda cannot be extracted: " + e, e);
    }
  }

  /**
   * @throws UserError naming the call unless its result is CUDA_SUCCESS
   */
  static void check(int result, String call) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw new UserError(call + " failed: " + CUresult.stringFor(result));
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
