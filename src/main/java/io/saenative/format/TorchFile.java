package io.saenative.format;

import io.saenative.UserError;
import io.saenative.tensor.Allocation;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.tensor.TensorView;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * A file written by {@code torch.save}: a zip of stored entries, of which {@code PREFIX/data.pkl}
 * holds the structure and {@code PREFIX/data/KEY} the elements of one storage. Reading runs no code
 * from the file: see {@link TorchUnpickler}.
 */
public final class TorchFile {
  /** Larger storages, of which few rows are wanted, are not compared with their checksum. */
  private static final long CHECKED_BYTES = 256L << 20;

  private static final String PICKLE = "/data.pkl";

  private final Path file;
  private final ZipEntries entries;
  private final String prefix;

  private TorchFile(Path file, ZipEntries entries, String prefix) {
    this.file = file;
    this.entries = entries;
    this.prefix = prefix;
  }

  /** Whether a file begins as torch's do, of today or from before version 1.6. */
  public static boolean begins(MappedFile file) {
    return isZip(file) || isLegacy(file);
  }

  /** Four bytes: with two, a .safetensors could be taken for a zip by the length of its header. */
  private static boolean isZip(MappedFile file) {
    return file.startsWith('P', 'K', 3, 4);
  }

  private static boolean isLegacy(MappedFile file) {
    return file.startsWith(0x80, 0x02, 0x8a, 0x0a, 0x6c);
  }

  /** Opens as {@link #open(MappedFile)} does a file that must be there. */
  public static TorchFile open(Path file) {
    return open(MappedFile.open(file));
  }

  /**
   * Reads the table of contents of a mapped file, which stays mapped while anything read from it is
   * reachable.
   *
   * @throws UserError if it is not a torch zip file, damaged, or big-endian
   */
  public static TorchFile open(MappedFile mapped) {
    Path file = mapped.path();
    if (!isZip(mapped)) {
      throw new UserError(
          isLegacy(mapped)
              ? file
                  + " is in torch's format from before version 1.6: convert it in Python with"
                  + " torch.save(torch.load(path, weights_only=False), path)"
              : file + " is not a torch file: it does not begin as a zip file does");
    }
    ZipEntries entries = new ZipEntries(mapped);
    for (String name : entries.names()) {
      int slash = name.indexOf('/');
      if (slash >= 0 && name.substring(slash).equals(PICKLE)) {
        TorchFile f = new TorchFile(file, entries, name.substring(0, slash));
        f.checkByteOrder();
        return f;
      }
    }
    throw new UserError(
        file
            + " is a zip file but not one that torch.save wrote: it has no data.pkl;"
            + " give a .pt, .safetensors or .npy file");
  }

  /**
   * The saved object: Map (in file order), List (tuples too, unmodifiable), String, Integer, Long,
   * BigInteger, Double, Boolean, byte[], null or {@link Tensor}. A tensor shares the mapped file
   * where it is contiguous and is copied where it is strided.
   *
   * @throws UserError if the pickle names anything but data, is damaged, or refers to a storage
   *     that is not there
   */
  public Object root() {
    return read(view -> view.dense(file + ": a tensor in it"));
  }

  /** The saved object as {@link #root} tells, with a {@link TensorView} for each torch tensor. */
  public Object views() {
    return read(view -> view);
  }

  private Object read(Function<TensorView, Object> finish) {
    MemorySegment pickle = entries.getChecked(prefix + PICKLE);
    long heap = Runtime.getRuntime().maxMemory();
    long size = pickle.byteSize();
    if (size > Math.min(heap / 4, Integer.MAX_VALUE - 16)) {
      throw new UserError(
          "%s: its metadata takes %s, too much for a Java heap of %s: start Java with -Xmx%sg"
              .formatted(
                  file,
                  Allocation.gigabytes(size),
                  Allocation.gigabytes(heap),
                  size * 8 / 1_000_000_000 + 1));
    }
    try {
      return new TorchUnpickler(this::storage, finish).read(pickle.toArray(ValueLayout.JAVA_BYTE));
    } catch (UserError e) {
      throw e;
    } catch (TorchUnpickler.Refusal e) {
      throw new UserError(file + " " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      throw new UserError(
          file + " is damaged: its pickle does not describe an object; copy or write it again", e);
    }
  }

  private Tensor storage(String key, DType dtype) {
    String name = prefix + "/data/" + key;
    MemorySegment bytes = entries.get(name);
    if (bytes.byteSize() <= CHECKED_BYTES) {
      entries.getChecked(name);
    }
    long elements = bytes.byteSize() / dtype.bytes();
    return new Tensor(dtype, new long[] {elements}, bytes.asSlice(0, elements * dtype.bytes()));
  }

  private void checkByteOrder() {
    String name = prefix + "/byteorder";
    if (entries.names().contains(name)) {
      String order =
          new String(entries.get(name).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
      if (!order.equals("little")) {
        throw new UserError(
            ("%s has byte order '%s', and only little-endian files are read: save it again on"
                    + " a little-endian machine")
                .formatted(file, MappedFile.printable(order)));
      }
    }
  }
}
