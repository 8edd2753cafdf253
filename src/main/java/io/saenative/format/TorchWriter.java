package io.saenative.format;

import io.saenative.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes files that {@code torch.load} reads, with {@code weights_only=True} as well: a zip of
 * stored entries {@code data.pkl}, {@code byteorder}, {@code data/KEY} for each tensor and {@code
 * version}, each under the archive's name and each starting at a multiple of 64 bytes, as torch
 * places them. The same object gives the same bytes.
 */
public final class TorchWriter {
  private static final int ALIGNMENT = 64;
  private static final int LOCAL_HEADER_BYTES = 30;
  private static final int ZIP64_BYTES = 20;
  private static final long IN_ZIP64 = 0xFFFFFFFFL;

  /** The same in every run and time zone; a zip file knows no time before 1980. */
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 12, 0);

  private final ZipOutputStream zip;
  private long position;

  private TorchWriter(OutputStream out) {
    zip = new ZipOutputStream(out);
    zip.setMethod(ZipOutputStream.STORED);
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
    TorchWriter writer = new TorchWriter(out);
    writer.entry(archiveName + "/data.pkl", MemorySegment.ofArray(pickle));
    writer.entry(archiveName + "/byteorder", text("little"));
    for (Map.Entry<String, Tensor> e : storages.entrySet()) {
      writer.entry(archiveName + "/data/" + e.getKey(), e.getValue().data());
    }
    writer.entry(archiveName + "/version", text("3\n"));
    writer.zip.finish();
  }

  private static MemorySegment text(String s) {
    return MemorySegment.ofArray(s.getBytes(StandardCharsets.US_ASCII));
  }

  /** An entry whose extra field fills up to the alignment, under the tag that torch uses. */
  private void entry(String name, MemorySegment data) throws IOException {
    long size = data.byteSize();
    position += LOCAL_HEADER_BYTES + name.getBytes(StandardCharsets.UTF_8).length + Integer.BYTES;
    position += size >= IN_ZIP64 ? ZIP64_BYTES : 0;
    int fill = (int) (-position & (ALIGNMENT - 1));
    ByteBuffer extra = ByteBuffer.allocate(Integer.BYTES + fill).order(ByteOrder.LITTLE_ENDIAN);
    extra.put((byte) 'F').put((byte) 'B').putShort((short) fill);
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    entry.setSize(size);
    entry.setCrc(MappedFile.crc32(data));
    entry.setExtra(extra.array());
    zip.putNextEntry(entry);
    MappedFile.copy(data, zip);
    zip.closeEntry();
    position += fill + size;
  }
}
