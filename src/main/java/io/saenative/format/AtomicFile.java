package io.saenative.format;

import io.saenative.UserError;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * Files that are there whole or not at all, whatever happens while they are written, and that one
 * process at a time changes.
 */
public final class AtomicFile {
  private static final int BUFFER_BYTES = 1 << 16;

  private AtomicFile() {}

  /** Writes a file's bytes. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes under a temporary name in the same folder, syncs, and renames over {@code target}. If
   * anything fails, {@code target} is as before and the temporary file is gone.
   *
   * @throws UserError if the file cannot be written
   */
  public static void write(Path target, Content content) {
    Path folder = Objects.requireNonNull(target.toAbsolutePath().getParent());
    // Two processes may write to one folder; the process id keeps their temporary files apart.
    long process = ProcessHandle.current().pid();
    Path temporary = folder.resolve("." + target.getFileName() + "." + process + ".partial");
    try {
      try {
        writeAndSync(temporary, content);
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        sync(folder);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new UserError("cannot write " + target + ": " + reason(e), e);
    }
  }

  /**
   * Lets one process at a time read a file, change it and write it anew, so that no change is lost:
   * does the work when no other process that asks for {@code target} is at it. An empty hidden file
   * beside it carries the lock and stays: if it were removed, two processes could hold locks of two
   * files of that name.
   *
   * @throws UserError if the lock cannot be had
   */
  public static void holding(Path target, Runnable work) {
    Path file = target.resolveSibling("." + target.getFileName() + ".lock");
    // The operating system keeps processes apart, not threads.
    synchronized (AtomicFile.class) {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        channel.lock(); // given up when the channel closes, or the process dies
        work.run();
      } catch (IOException e) {
        throw new UserError("cannot lock " + target + ": " + reason(e), e);
      }
    }
  }

  /** What went wrong, in words where the exception itself is a mere class name and a path. */
  public static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "the folder does not exist";
      case AccessDeniedException _ -> "access denied";
      case FileAlreadyExistsException f -> f.getFile() + " is not a folder";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      default -> e.getMessage() != null ? e.getMessage() : e.toString();
    };
  }

  private static void writeAndSync(Path file, Content content) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        OutputStream out =
            new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES)) {
      content.writeTo(out);
      out.flush();
      channel.force(true);
    }
  }

  /** Makes the rename itself survive a power loss. */
  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
