package io.saenative.sae.nativelib;

import static io.saenative.sae.nativelib.CudaDriver.check;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/**
 * What the NVIDIA driver says of this machine.
 *
 * @param driver the newest CUDA that it runs, such as {@code 12.6}
 * @param devices in CUDA's order; empty where the driver sees none
 */
public record CudaDevices(String driver, List<Device> devices) {
  private static final int NAME_BYTES = 256;

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
   * @throws io.saenative.UserError saying why there is no driver to ask
   */
  public static CudaDevices list() {
    CudaDriver.load();
    int[] number = new int[1];
    check(JCudaDriver.cuDriverGetVersion(number), "cuDriverGetVersion");
    String driver = number[0] / 1000 + "." + number[0] % 1000 / 10;
    check(JCudaDriver.cuDeviceGetCount(number), "cuDeviceGetCount");
    List<Device> devices = new ArrayList<>();
    for (int ordinal = 0; ordinal < number[0]; ordinal++) {
      devices.add(device(ordinal));
    }
    return new CudaDevices(driver, List.copyOf(devices));
  }

  private static Device device(int ordinal) {
    CUdevice device = new CUdevice();
    check(JCudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet");
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
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT));
  }

  private static int attribute(CUdevice device, int which) {
    int[] value = new int[1];
    check(JCudaDriver.cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute");
    return value[0];
  }
}
