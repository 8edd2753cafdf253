package io.saenative.format;

import io.saenative.UserError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Lets one process at a time read a file, change it and write it anew, so that no change is lost.
 */
public final class FileLock {
  private FileLock() {}

  /**
   * Does the work when no other process that asks for {@code target} is at it. An empty hidden file
   * beside it carries the lock and stays: if it were removed, two processes could hold locks of two
   * files of that name.
   *
   * @throws UserError if the lock cannot be had
   */
  public static void holding(Path target, Runnable work) {
    Path file = target.resolveSibling("." + target.getFileName() + ".lock");
    // The operating system keeps processes apart, not threads.
    synchronized (FileLock.class) {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        channel.lock(); // given up when the channel closes, or the process dies
        work.run();
      } catch (IOException e) {
        throw new UserError("cannot lock " + target + ": " + AtomicFile.reason(e), e);
      }
    }
  }
}
