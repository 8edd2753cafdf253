package io.saenative.data;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.saenative.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.function.Executable;

/**
 * Files that torch, numpy and safetensors wrote (resources/data/make_fixtures.py), and zips made
 * here.
 */
public final class Fixtures {
  private Fixtures() {}

  public static Path path(String name) {
    try {
      return Path.of(Fixtures.class.getResource("/data/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The rows of a site, with the labels that the file has or lie beside it. */
  public static Activations read(Path file, Site wanted) {
    return ActivationFile.read(file, wanted, Optional.empty());
  }

  /** A file of the shared folder of oracles, or a skipped test. */
  public static Path shared(String name) {
    Path folder = Path.of(System.getProperty("sae.shared", "../shared"));
    assumeTrue(
        Files.isDirectory(folder),
        "skipped: the folder of oracles, " + folder + ", is not there (set -Dsae.shared)");
    return folder.resolve(name);
  }

  /** Element (row, column) of every fixture matrix. */
  public static float value(int row, int column) {
    return (5 * row + column) / 4f - 3;
  }

  /** Writes a new file in place of one that may still be mapped: cutting a mapped file is slow. */
  public static Path replace(Path file, byte[] bytes) {
    try {
      Files.deleteIfExists(file);
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The entries of a zip file in order. */
  public static Map<String, byte[]> unzip(Path file) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry e : zip.stream().toList()) {
        entries.put(e.getName(), zip.getInputStream(e).readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  /** A zip of stored entries with right checksums, however wrong their content. */
  public static void zip(Path file, Map<String, byte[]> entries) {
    zip(file, entries, ZipEntry.STORED);
  }

  public static void zipCompressed(Path file, Map<String, byte[]> entries) {
    zip(file, entries, ZipEntry.DEFLATED);
  }

  private static void zip(Path file, Map<String, byte[]> entries, int method) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> e : entries.entrySet()) {
        ZipEntry entry = new ZipEntry(e.getKey());
        CRC32 crc = new CRC32();
        crc.update(e.getValue());
        entry.setMethod(method);
        entry.setSize(e.getValue().length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(e.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    replace(file, out.toByteArray());
  }

  /** A torch file around a pickle and, as storage 0, eight float32 zeros. */
  public static void torchFile(Path file, byte[] pickle) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", pickle);
    entries.put("archive/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    entries.put("archive/data/0", new byte[32]);
    zip(file, entries);
  }

  /** Checks that an action is refused in one line that contains each part. */
  public static void assertRefused(Executable action, String... parts) {
    String message = assertThrows(UserError.class, action).getMessage();
    assertFalse(message.contains("\n") || message.contains("\u001b"), message);
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' is missing in: " + message);
    }
  }
}
