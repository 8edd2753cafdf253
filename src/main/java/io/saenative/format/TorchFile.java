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
 * holds the structure and {@code PREFIX/data/KEY} the elements of one storage. The file is mapped
 * and stays so while anything read from it is reachable. Reading runs no code from the file: see
 * {@link TorchUnpickler}.
 */
public final class TorchFile {
  /**
   * Larger storages are not compared with their checksum: of an activation file only a few rows are
   * wanted.
   */
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

  /**
   * Opens a file and reads its table of contents.
   *
   * @throws UserError if it is not there, not a torch zip file, damaged, or big-endian
   */
  public static TorchFile open(Path file) {
    MemorySegment bytes = MappedFile.map(file);
    if (!startsWith(bytes, 'P', 'K')) {
      throw startsWith(bytes, 0x80, 0x02, 0x8a)
          ? new UserError(
              file
                  + " is in torch's format from before version 1.6: convert it in Python with"
                  + " torch.save(torch.load(path, weights_only=False), path)")
          : new UserError(file + " is not a torch file: it does not begin as a zip file does");
    }
    ZipEntries entries = new ZipEntries(file.toString(), bytes);
    for (String name : entries.names()) {
      if (name.endsWith(PICKLE) && name.indexOf('/') == name.length() - PICKLE.length()) {
        TorchFile f =
            new TorchFile(file, entries, name.substring(0, name.length() - PICKLE.length()));
        f.checkByteOrder();
        return f;
      }
    }
    throw new UserError(
        file
            + " is a zip file but not one that torch.save wrote: it has no data.pkl;"
            + " give a .pt, .safetensors or .npy file");
  }

  public static boolean startsWith(MemorySegment bytes, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (i >= bytes.byteSize() || (bytes.get(ValueLayout.JAVA_BYTE, i) & 0xFF) != magic[i]) {
        return false;
      }
    }
    return true;
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

  /** The saved object with tensors as they lie in the file. */
  public Object views() {
    return read(view -> view);
  }

  private Object read(Function<TensorView, Object> finish) {
    MemorySegment pickle = entries.getChecked(prefix + PICKLE);
    long heap = Runtime.getRuntime().maxMemory();
    if (pickle.byteSize() > Math.min(heap / 4, Integer.MAX_VALUE - 16)) {
      throw new UserError(
          file
              + ": its metadata takes "
              + Allocation.gigabytes(pickle.byteSize())
              + ", too much for a Java heap of "
              + Allocation.gigabytes(heap)
              + ": start Java with -Xmx"
              + (pickle.byteSize() * 8 / 1_000_000_000 + 1)
              + "g");
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
    if (entries.contains(name)) {
      String order =
          new String(entries.get(name).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
      if (!order.equals("little")) {
        throw new UserError(
            file
                + " has byte order '"
                + ZipEntries.printable(order)
                + "', and only little-endian files are"
                + " read: save it again on a little-endian machine");
      }
    }
  }
}
