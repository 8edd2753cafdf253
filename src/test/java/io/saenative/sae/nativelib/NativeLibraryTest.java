package io.saenative.sae.nativelib;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.sae.ffi.SaeNative;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A library is loaded once for a JVM, so each case has a JVM of its own. */
class NativeLibraryTest {
  @TempDir private Path folder;

  @Test
  void theLibraryOfTheBuildIsLoaded() throws Exception {
    NativeLibrary.Loaded loaded = (NativeLibrary.Loaded) NativeLibrary.status();
    assertEquals(SaeNative.SAE_ABI_VERSION(), loaded.abi());
    assertEquals(loaded.toString(), statusWith(loaded.file()));
    assertEquals(
        loaded.toString(),
        statusWith(loaded.file().getParent()),
        "a folder stands for the library in it");
  }

  @Test
  void aMissingFileIsAReason() throws Exception {
    Path absent = folder.resolve("absent.so");
    assertMissing("there is no readable native library at " + absent, statusWith(absent));
    assertMissing(
        "there is no readable native library at " + folder.resolve("libsae_native.so"),
        statusWith(folder));
  }

  @Test
  void aDamagedFileIsAReason() throws Exception {
    byte[] whole = Files.readAllBytes(((NativeLibrary.Loaded) NativeLibrary.status()).file());
    for (int length : new int[] {0, 63, whole.length / 2, whole.length - 1}) {
      Path damaged = Files.write(folder.resolve(length + ".so"), Arrays.copyOf(whole, length));
      assertMissing(damaged + " is not a shared library or is cut short", statusWith(damaged));
    }
    Path text = Files.writeString(folder.resolve("text.so"), "not a shared library".repeat(10));
    assertMissing(text + " is not a shared library or is cut short", statusWith(text));
  }

  @Test
  void anotherLibraryIsAReason() throws Exception {
    Path other = compile("other.so", "extern \"C\" int other() { return 0; }");
    assertMissing(other + " is not the native library of sae-native", statusWith(other));
  }

  @Test
  void anotherAbiIsAReason() throws Exception {
    Path old = compile("old.so", "extern \"C\" int sae_abi_version() { return 999; }");
    assertMissing(
        old + " has ABI version 999, this program needs " + SaeNative.SAE_ABI_VERSION() + ":",
        statusWith(old));
  }

  private static void assertMissing(String expected, String status) {
    assertTrue(status.startsWith("Missing[reason=" + expected), status);
    assertEquals(1, status.lines().count(), status);
  }

  private Path compile(String name, String source) throws IOException, InterruptedException {
    Path library = folder.resolve(name);
    Path code = Files.writeString(folder.resolve(name + ".cpp"), source);
    output("g++", "-shared", "-fPIC", "-o", library.toString(), code.toString());
    return library;
  }

  private static String statusWith(Path library) throws IOException, InterruptedException {
    return output(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-Dsae.native.path=" + library,
        "-cp",
        System.getProperty("java.class.path"),
        PrintNativeLibrary.class.getName());
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes()).strip();
    assertEquals(0, process.waitFor(), String.join(" ", command) + ": " + output);
    return output;
  }

  /** What the other JVM runs. */
  static final class PrintNativeLibrary {
    private PrintNativeLibrary() {}

    public static void main(String[] args) {
      System.out.println(NativeLibrary.status());
    }
  }
}
