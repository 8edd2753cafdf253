package io.saenative.checkpoint;

import io.saenative.model.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/** Lets one process at a time read a file, change it and write it anew, so that no change is lost. */
public final class FileLock {
  /** Of a file that is all hole but for a byte. */
  private static final long MAX_LENGTH = 1L << 30;

  private FileLock() {}

  /**
   * Does the work when no other process that asks for {@code target} is at it. A hidden file beside it holds the lock and is
   * gone afterwards; if the process dies the lock dies with it.
   *
   * @throws UserError if the lock cannot be had
   */
  public static void holding(Path target, Runnable work) {
    Path file = target.resolveSibling("." + target.getFileName() + ".lock");
    try {
      synchronized (FileLock.class) { // the operating system keeps processes apart, not threads
        while (!done(file, work)) {
          Thread.onSpinWait(); // the one before us has removed the file we waited for
        }
      }
    } catch (IOException e) {
      throw new UserError("cannot lock " + target + ": " + AtomicFile.reason(e), e);
    }
  }

  private static boolean done(Path file, Runnable work) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.lock();
      if (!isStill(channel, file)) {
        return false;
      }
      try {
        work.run();
      } finally {
        Files.delete(file);
      }
      return true;
    }
  }

  /**
   * Whether the open file is the one that has the name, and not one that has been deleted since: a random length tells. It
   * must not be opened to be looked into, since closing it would give the lock up.
   */
  private static boolean isStill(FileChannel channel, Path file) throws IOException {
    long length = ThreadLocalRandom.current().nextLong(1, MAX_LENGTH);
    channel.truncate(0).write(ByteBuffer.allocate(1), length - 1);
    try {
      return Files.size(file) == length;
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
