package io.saenative.sae.nativelib;

import static io.saenative.sae.nativelib.CudaDriver.check;

import io.saenative.UserError;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;

/**
 * What the card itself reaches, to hold kernels against: copies, float32 multiply-adds, and cuBLAS.
 * Device 0, which is also the cuda backend's; times are the device's own (events), in seconds, of
 * each of many repeats after a warm-up. Every method throws {@link UserError} with the reason where
 * it cannot measure.
 */
public final class CudaCard implements AutoCloseable {
  private static final int WARM_UP = 3;
  private static final int THREADS = 256;

  private final CUdevice device;
  private final CUevent start = new CUevent();
  private final CUevent stop = new CUevent();

  public CudaCard() {
    CudaDriver.load();
    device = CudaDriver.device(0);
    CUcontext context = new CUcontext();
    check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
    check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
    check(JCudaDriver.cuEventCreate(start, 0), "cuEventCreate");
    check(JCudaDriver.cuEventCreate(stop, 0), "cuEventCreate");
  }

  /** Copies of half as many bytes on the device, so that so many are moved: read or written. */
  public double[] copySeconds(long bytesMoved, int repeats) {
    long bytes = Math.max(1, bytesMoved / 2);
    try (Memory from = new Memory(bytes);
        Memory to = new Memory(bytes)) {
      return time(
          repeats,
          () ->
              check(
                  JCudaDriver.cuMemcpyDtoDAsync(to.address, from.address, bytes, null),
                  "cuMemcpyDtoD"));
    }
  }

  /** One launch that does {@link #multiplyAddFlops} on registers alone. */
  public double[] multiplyAddSeconds(int repeats) {
    CUmodule module = new CUmodule();
    CUfunction kernel = new CUfunction();
    check(JCudaDriver.cuModuleLoadData(module, MultiplyAdds.PTX), "cuModuleLoadData");
    int blocks = multiplyAddBlocks();
    try (Memory sums = new Memory((long) Float.BYTES * blocks * THREADS)) {
      check(
          JCudaDriver.cuModuleGetFunction(kernel, module, MultiplyAdds.NAME),
          "cuModuleGetFunction");
      Pointer parameters =
          Pointer.to(
              Pointer.to(sums.address),
              Pointer.to(new int[] {MultiplyAdds.ROUNDS}),
              Pointer.to(new float[] {0.5f}),
              Pointer.to(new float[] {1}));
      return time(
          repeats,
          () ->
              check(
                  JCudaDriver.cuLaunchKernel(
                      kernel, blocks, 1, 1, THREADS, 1, 1, 0, null, parameters, null),
                  "cuLaunchKernel"));
    } finally {
      JCudaDriver.cuModuleUnload(module);
    }
  }

  public double multiplyAddFlops() {
    return 2.0 * MultiplyAdds.EACH_ROUND * MultiplyAdds.ROUNDS * multiplyAddBlocks() * THREADS;
  }

  /**
   * The float32 matrix product of cuBLAS without TF32, [m, k] times [k, n] or, where {@code
   * transposed}, times [n, k]ᵀ.
   */
  public double[] productSeconds(int m, int n, int k, boolean transposed, int repeats) {
    CudaDriver.require("libcublas.so.12", "no cuBLAS 12");
    CudaDriver.load(() -> JCublas2.setExceptionsEnabled(false));
    cublasHandle handle = new cublasHandle();
    checkCublas(JCublas2.cublasCreate(handle), "cublasCreate");
    try (Memory a = new Memory((long) Float.BYTES * m * k);
        Memory b = new Memory((long) Float.BYTES * k * n);
        Memory c = new Memory((long) Float.BYTES * m * n)) {
      Pointer one = Pointer.to(new float[] {1});
      Pointer zero = Pointer.to(new float[] {0});
      // Row-major C = A B is column-major Cᵀ = Bᵀ Aᵀ.
      int layout = transposed ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
      return time(
          repeats,
          () ->
              checkCublas(
                  JCublas2.cublasSgemm(
                      handle,
                      layout,
                      cublasOperation.CUBLAS_OP_N,
                      n,
                      m,
                      k,
                      one,
                      b.address,
                      transposed ? k : n,
                      a.address,
                      k,
                      zero,
                      c.address,
                      n),
                  "cublasSgemm"));
    } finally {
      JCublas2.cublasDestroy(handle);
    }
  }

  @Override
  public void close() {
    JCudaDriver.cuEventDestroy(start);
    JCudaDriver.cuEventDestroy(stop);
    JCudaDriver.cuDevicePrimaryCtxRelease(device);
  }

  /** Enough blocks to fill every multiprocessor several times over. */
  private int multiplyAddBlocks() {
    return 32 * CudaDriver.multiprocessors(device);
  }

  private double[] time(int repeats, Runnable work) {
    double[] seconds = new double[repeats];
    float[] milliseconds = new float[1];
    for (int i = -WARM_UP; i < repeats; i++) {
      check(JCudaDriver.cuEventRecord(start, null), "cuEventRecord");
      work.run();
      check(JCudaDriver.cuEventRecord(stop, null), "cuEventRecord");
      check(JCudaDriver.cuEventSynchronize(stop), "cuEventSynchronize");
      check(JCudaDriver.cuEventElapsedTime(milliseconds, start, stop), "cuEventElapsedTime");
      if (i >= 0) {
        seconds[i] = milliseconds[0] / 1e3;
      }
    }
    return seconds;
  }

  private static void checkCublas(int status, String call) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new UserError(call + " failed: " + cublasStatus.stringFor(status));
    }
  }

  /**
   * Device memory full of small numbers: zeros would make products cooler, and so faster, than real
   * data.
   */
  private static final class Memory implements AutoCloseable {
    private static final int HALF_AS_BITS = 0x3F000000;

    private final CUdeviceptr address = new CUdeviceptr();

    Memory(long bytes) {
      check(JCudaDriver.cuMemAlloc(address, bytes), "cuMemAlloc of " + bytes + " bytes");
      check(JCudaDriver.cuMemsetD32(address, HALF_AS_BITS, bytes / Float.BYTES), "cuMemsetD32");
    }

    @Override
    public void close() {
      JCudaDriver.cuMemFree(address);
    }
  }
}
