package io.saenative.sae.nativelib;

import io.saenative.sae.ffi.SaeNative;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.SymbolLookup;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds, loads and checks {@code libsae_native.so}, once for this JVM. It is looked for in the file
 * or folder that the system property {@code sae.native.path} names, else among the program's own
 * resources. A resource inside a jar is extracted to a fresh temporary folder, which goes away at
 * exit.
 */
public final class NativeLibrary {
  private static final String RESOURCES = "/native/linux-x86_64/";
  private static final String LIBRARY = "libsae_native.so";

  /** It, and backends that it opens from its own folder, each of which may be absent. */
  private static final List<String> FILES = List.of(LIBRARY, "libsae_cuda.so", "libsae_simt.so");

  private static final int ELF_HEADER_BYTES = 64;
  private static final int ELF_MAGIC = 0x464C457F; // 7F 'E' 'L' 'F', read as little-endian

  private static final Status STATUS = load();

  private NativeLibrary() {}

  /** Whether the library was loaded: {@link Loaded} or {@link Missing}. */
  public sealed interface Status {}

  /**
   * The library can be called.
   *
   * @param file where it was loaded from
   * @param abi its {@code SAE_ABI_VERSION}
   */
  public record Loaded(Path file, int abi) implements Status {}

  /**
   * There is no library to call.
   *
   * @param reason one line: what is wrong with which file
   */
  public record Missing(String reason) implements Status {}

  /** Never throws; no binding may be called unless this is {@link Loaded}. */
  public static Status status() {
    return STATUS;
  }

  private static Status load() {
    String setting = System.getProperty("sae.native.path");
    try {
      if (setting == null) {
        return fromResources();
      }
      Path path = Path.of(setting).toAbsolutePath();
      return load(Files.isDirectory(path) ? path.resolve(LIBRARY) : path);
    } catch (IOException e) {
      return new Missing(
          "the native library cannot be extracted or read: "
              + e
              + "; -Djava.io.tmpdir=DIR names another folder");
    }
  }

  private static Status fromResources() throws IOException {
    URL resource = NativeLibrary.class.getResource(RESOURCES + LIBRARY);
    if (resource == null) {
      return new Missing(
          "the native library is not in this build; -Dsae.native.path=FILE names one");
    }
    boolean inFolder = resource.getProtocol().equals("file");
    return load(inFolder ? Path.of(URI.create(resource.toString())) : extract());
  }

  private static Path extract() throws IOException {
    Path folder = Files.createTempDirectory("sae-native-");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
    for (String name : FILES) {
      try (InputStream in = NativeLibrary.class.getResourceAsStream(RESOURCES + name)) {
        if (in != null) {
          Files.copy(in, folder.resolve(name));
        }
      }
    }
    return folder.resolve(LIBRARY);
  }

  private static void delete(Path folder) {
    try {
      for (String name : FILES) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      System.err.println("sae-native: cannot remove " + folder + ": " + e);
    }
  }

  /**
   * Whether the file is ELF and reaches to the end of its section headers, which come last. Loading
   * one that is cut short would end this JVM with a bus error.
   */
  private static boolean isWhole(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      ByteBuffer header =
          ByteBuffer.wrap(in.readNBytes(ELF_HEADER_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
      if (header.remaining() < ELF_HEADER_BYTES || header.getInt(0) != ELF_MAGIC) {
        return false;
      }
      long sections = header.getLong(40);
      int sectionBytes =
          Short.toUnsignedInt(header.getShort(58)) * Short.toUnsignedInt(header.getShort(60));
      return Files.size(file) >= sections + sectionBytes;
    }
  }

  private static Status load(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      return new Missing("there is no readable native library at " + file);
    }
    if (!isWhole(file)) {
      return new Missing(file + " is not a shared library or is cut short: build it again");
    }
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      return new Missing(
          "the native library cannot be loaded: "
              + e.getMessage()
              + "; where its folder forbids to run programs, -Djava.io.tmpdir=DIR names another");
    }
    if (SymbolLookup.loaderLookup().find("sae_abi_version").isEmpty()) {
      return new Missing(
          file + " is not the native library of sae-native: it has no sae_abi_version");
    }
    int abi = SaeNative.sae_abi_version();
    int expected = SaeNative.SAE_ABI_VERSION();
    return abi == expected
        ? new Loaded(file, abi)
        : new Missing(
            "%s has ABI version %s, this program needs %s: build both from one source"
                .formatted(file, abi, expected));
  }
}
