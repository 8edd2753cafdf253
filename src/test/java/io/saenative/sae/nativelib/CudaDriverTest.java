package io.saenative.sae.nativelib;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.saenative.UserError;
import io.saenative.sae.DeviceBackends;
import io.saenative.sae.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaDriverTest {
  @TempDir private Path folder;

  @Test
  void noDriverIsOneSentence() {
    assumeTrue(Files.notExists(Path.of("/dev/nvidiactl")), "this machine has an NVIDIA driver");
    assertEquals(
        "no NVIDIA driver: libcuda.so.1 cannot be loaded",
        assertThrows(UserError.class, CudaDriver::devices).getMessage());
    assertThrows(UserError.class, CudaCard::new);
  }

  /**
   * What JCuda extracts while it loads goes to a private folder and is gone afterwards, whatever
   * happens.
   */
  @Test
  void loadingLeavesNoFileBehind() throws IOException {
    String shared = System.getProperty("java.io.tmpdir");
    List<Path> before = leftovers(shared);
    Path[] extracted = new Path[1];
    UserError e =
        assertThrows(
            UserError.class,
            () ->
                CudaDriver.load(
                    () -> {
                      extracted[0] = Path.of(System.getProperty("java.io.tmpdir"), "library.so");
                      assertTrue(extracted[0].toFile().getParentFile().isDirectory());
                      throw writeAndFail(extracted[0]);
                    }));
    assertEquals("JCuda cannot be loaded: first line", e.getMessage());
    assertFalse(Files.exists(extracted[0].getParent()));
    assertEquals(shared, System.getProperty("java.io.tmpdir"));
    assertEquals(before, leftovers(shared));
  }

  /** The kernel that measures the ceiling is valid where a compiler for it is at hand. */
  @Test
  void theMultiplyAddsAssemble() throws IOException, InterruptedException {
    assumeTrue(onPath("ptxas"), "ptxas is not on the PATH");
    Path source = Files.writeString(folder.resolve("multiply_adds.ptx"), MultiplyAdds.PTX);
    Process ptxas =
        new ProcessBuilder(
                "ptxas",
                "-arch=sm_90",
                "-o",
                folder.resolve("out.cubin").toString(),
                source.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(ptxas.getInputStream().readAllBytes());
    assertEquals(0, ptxas.waitFor(), output);
    assertEquals(
        MultiplyAdds.EACH_ROUND,
        MultiplyAdds.PTX.lines().filter(line -> line.contains("fma.rn.f32")).count());
  }

  @Test
  @Tag("gpu")
  void theDriverListsTheDevicesThatTheBackendUses() {
    String used = DeviceBackends.cuda(Precision.FP32).describe();
    CudaDriver.Device first = CudaDriver.devices().devices().getFirst();
    assertTrue(used.startsWith(first.name() + ", compute capability " + first.capability()), used);
    assertTrue(first.memoryBytes() > 0 && first.multiprocessors() > 0, first::toString);
  }

  @Test
  @Tag("gpu")
  void theCardIsMeasured() {
    DeviceBackends.cuda(Precision.FP32);
    try (CudaCard card = new CudaCard()) {
      assertTrue(Arrays.stream(card.copySeconds(1 << 20, 3)).allMatch(s -> s > 0));
      assertTrue(Arrays.stream(card.multiplyAddSeconds(3)).allMatch(s -> s > 0));
    }
  }

  private static UnsatisfiedLinkError writeAndFail(Path file) {
    try {
      Files.writeString(file, "library");
      return new UnsatisfiedLinkError("first line\nsecond line");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> leftovers(String folder) throws IOException {
    try (Stream<Path> files = Files.list(Path.of(folder))) {
      return files.filter(f -> f.getFileName().toString().startsWith("sae-native-jcuda-")).toList();
    }
  }

  private static boolean onPath(String command) {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .anyMatch(f -> Files.isExecutable(Path.of(f, command)));
  }
}
