package io.saenative.format;

import io.saenative.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Writes files that {@code torch.load} reads, with {@code weights_only=True} as well: a zip of
 * stored entries {@code data.pkl}, {@code byteorder}, {@code data/KEY} for each tensor and {@code
 * version}, each under the archive's name and each starting at a multiple of 64 bytes, as torch
 * places them. The same object gives the same bytes.
 */
public final class TorchWriter {
  private static final int ALIGNMENT = 64;
  private static final int LOCAL_HEADER_BYTES = 30;
  private static final long IN_ZIP64 = 0xFFFFFFFFL;
  private static final short UTF_8_NAMES = 0x0800;
  private static final short VERSION_ZIP64 = 45;
  private static final short DOS_1980 = 0x21;

  private final OutputStream out;
  private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
  private int count;
  private long written;

  private TorchWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * A dict that Python sees as {@code collections.OrderedDict}, the type of a state_dict.
   *
   * @param entries in order
   */
  public record OrderedDict(Map<String, ?> entries) {}

  /**
   * Writes one object.
   *
   * @param out left open; nothing is written if {@code root} holds something unknown
   * @param root nested Map, {@link OrderedDict}, List, String, Integer, Long, Double, Boolean, null
   *     and {@link Tensor}
   * @param archiveName the folder inside the zip, by torch's custom the file's name without its
   *     ending
   * @throws IllegalArgumentException if root holds anything else
   */
  public static void write(OutputStream out, Object root, String archiveName) throws IOException {
    Map<String, Tensor> storages = new LinkedHashMap<>();
    byte[] pickle = TorchPickler.pickle(root, storages);
    TorchWriter zip = new TorchWriter(out);
    zip.entry(archiveName + "/data.pkl", MemorySegment.ofArray(pickle));
    zip.entry(archiveName + "/byteorder", text("little"));
    for (Map.Entry<String, Tensor> e : storages.entrySet()) {
      zip.entry(archiveName + "/data/" + e.getKey(), e.getValue().data());
    }
    zip.entry(archiveName + "/version", text("3\n"));
    zip.end();
  }

  private static MemorySegment text(String s) {
    return MemorySegment.ofArray(s.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Writes an entry and notes it for the directory. The extra field holds zip64 sizes and fills up
   * to the alignment.
   */
  private void entry(String entryName, MemorySegment data) throws IOException {
    byte[] name = entryName.getBytes(StandardCharsets.UTF_8);
    long size = data.byteSize();
    boolean zip64 = size >= IN_ZIP64;
    int crc = (int) crc(data);
    long header = written;
    int fixed = LOCAL_HEADER_BYTES + name.length + (zip64 ? 20 : 0) + 4;
    int fill = (int) (-(written + fixed) & (ALIGNMENT - 1));
    ByteBuffer local = buffer(fixed + fill).putInt(0x04034b50);
    common(local, size, crc)
        .putShort((short) name.length)
        .putShort((short) ((zip64 ? 20 : 0) + 4 + fill))
        .put(name);
    if (zip64) {
      local.putShort((short) 1).putShort((short) 16).putLong(size).putLong(size);
    }
    local.put((byte) 'F').put((byte) 'B').putShort((short) fill);
    write(local);
    SafetensorsFile.copy(data, out);
    written += size;

    boolean far = header >= IN_ZIP64;
    int extra = zip64 || far ? 4 + (zip64 ? 16 : 0) + (far ? 8 : 0) : 0;
    ByteBuffer central =
        buffer(46 + name.length + extra).putInt(0x02014b50).putShort(VERSION_ZIP64);
    common(central, size, crc).putShort((short) name.length).putShort((short) extra);
    central
        .putShort((short) 0)
        .putShort((short) 0)
        .putShort((short) 0)
        .putInt(0)
        .putInt((int) Math.min(header, IN_ZIP64))
        .put(name);
    if (extra > 0) {
      central.putShort((short) 1).putShort((short) (extra - 4));
      if (zip64) {
        central.putLong(size).putLong(size);
      }
      if (far) {
        central.putLong(header);
      }
    }
    directory.write(central.array());
    count++;
  }

  /**
   * The fields that local and central header share: version, flags, method, time, date, checksum,
   * sizes.
   */
  private static ByteBuffer common(ByteBuffer header, long size, int crc) {
    int size32 = (int) Math.min(size, IN_ZIP64);
    return header
        .putShort(VERSION_ZIP64)
        .putShort(UTF_8_NAMES)
        .putShort((short) 0)
        .putShort((short) 0)
        .putShort(DOS_1980)
        .putInt(crc)
        .putInt(size32)
        .putInt(size32);
  }

  private void end() throws IOException {
    long start = written;
    byte[] lines = directory.toByteArray();
    write(ByteBuffer.wrap(lines));
    long end64 = written;
    ByteBuffer end = buffer(56 + 20 + 22);
    end.putInt(0x06064b50)
        .putLong(44)
        .putShort(VERSION_ZIP64)
        .putShort(VERSION_ZIP64)
        .putInt(0)
        .putInt(0)
        .putLong(count)
        .putLong(count)
        .putLong(lines.length)
        .putLong(start);
    end.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
    end.putInt(0x06054b50)
        .putShort((short) 0)
        .putShort((short) 0)
        .putShort((short) Math.min(count, 0xFFFF))
        .putShort((short) Math.min(count, 0xFFFF))
        .putInt(lines.length)
        .putInt((int) Math.min(start, IN_ZIP64))
        .putShort((short) 0);
    write(end);
  }

  private void write(ByteBuffer bytes) throws IOException {
    out.write(bytes.array());
    written += bytes.capacity();
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long crc(MemorySegment data) {
    CRC32 crc = new CRC32();
    ZipEntries.update(crc, data);
    return crc.getValue();
  }
}
