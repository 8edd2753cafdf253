package io.saenative.format;

import io.saenative.UserError;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/**
 * An input file, opened once and read without copying, and the small things that every format does
 * with bytes.
 *
 * @param path as the user gave it, for messages
 * @param bytes the whole file, mapped read-only for as long as the segment, or a tensor on it, is
 *     reachable
 */
public record MappedFile(Path path, MemorySegment bytes) {
  private static final int CHUNK = 1 << 16;
  private static final int LONGEST_SHOWN = 200;

  /**
   * Maps a file.
   *
   * @throws UserError if it is not there, no file, empty or cannot be read
   */
  public static MappedFile open(Path file) {
    if (!Files.exists(file)) {
      throw new UserError(file + " does not exist: check the path");
    }
    if (!Files.isRegularFile(file)) {
      throw new UserError(file + " is not a regular file: name the file itself");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() == 0) {
        throw new UserError(file + " is empty: write or copy it again");
      }
      return new MappedFile(
          file, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto()));
    } catch (IOException e) {
      throw new UserError(
          "%s cannot be read: check its permissions and the disk (%s)"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /** Whether the first bytes are these, each 0 to 255. */
  boolean startsWith(int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (i >= bytes.byteSize() || (bytes.get(ValueLayout.JAVA_BYTE, i) & 0xFF) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /** A text from a file as a message may show it: no control characters, not too long. */
  public static String printable(String text) {
    String clean = text.replaceAll("[^\\p{Print}]", "?");
    return clean.length() <= LONGEST_SHOWN ? clean : clean.substring(0, LONGEST_SHOWN) + "...";
  }

  /** Writes all of a segment, in pieces because it may lie outside the heap and exceed an array. */
  static void copy(MemorySegment data, OutputStream out) throws IOException {
    for (long at = 0; at < data.byteSize(); at += CHUNK) {
      out.write(chunk(data, at).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /** The CRC-32 of all of a segment, heap or native. */
  static long crc32(MemorySegment data) {
    CRC32 crc = new CRC32();
    for (long at = 0; at < data.byteSize(); at += CHUNK) {
      crc.update(chunk(data, at).asByteBuffer());
    }
    return crc.getValue();
  }

  private static MemorySegment chunk(MemorySegment data, long at) {
    return data.asSlice(at, Math.min(CHUNK, data.byteSize() - at));
  }
}
