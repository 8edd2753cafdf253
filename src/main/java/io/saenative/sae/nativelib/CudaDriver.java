package io.saenative.sae.nativelib;

import io.saenative.UserError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** The NVIDIA driver through JCuda, loaded when it is first asked for. */
final class CudaDriver {
  private static final String DRIVER = "libcuda.so.1";
  private static final String TEMPORARY = "java.io.tmpdir";

  private CudaDriver() {}

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
      throw new UserError(
          "JCuda cannot be loaded: "
              + Objects.requireNonNullElse(e.getMessage(), "")
                  .lines()
                  .findFirst()
                  .orElse(e.toString()),
          e);
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
