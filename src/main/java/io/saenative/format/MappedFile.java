package io.saenative.format;

import io.saenative.UserError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Opens input files for reading without copying them. */
public final class MappedFile {
  private MappedFile() {}

  /**
   * The whole file, mapped read-only for as long as the segment, or a tensor on it, is reachable.
   */
  public static MemorySegment map(Path file) {
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
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
    } catch (IOException e) {
      throw new UserError(
          file + " cannot be read: check its permissions and the disk (" + e.getMessage() + ")", e);
    }
  }
}
