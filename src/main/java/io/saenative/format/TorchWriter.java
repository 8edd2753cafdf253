package io.saenative.format;

import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.tensor.TensorView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import net.razorvine.pickle.Opcodes;

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
   * @param archiveName the folder inside the zip: by torch's custom the file's name, no ending
   * @throws IllegalArgumentException if root holds anything else
   */
  public static void write(OutputStream out, Object root, String archiveName) throws IOException {
    Pickler pickler = new Pickler();
    byte[] pickle = pickler.pickle(root);
    TorchWriter writer = new TorchWriter(out);
    writer.entry(archiveName + "/data.pkl", MemorySegment.ofArray(pickle));
    writer.entry(archiveName + "/byteorder", text("little"));
    for (int key = 0; key < pickler.storages.size(); key++) {
      writer.entry(archiveName + "/data/" + key, pickler.storages.get(key).data());
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

  /**
   * Spells an object in pickle protocol 2 the way {@code torch.save} does, with tensors as
   * references to storages.
   */
  private static final class Pickler {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** The tensors so far; the pickle calls each by its place. */
    private final List<Tensor> storages = new ArrayList<>();

    byte[] pickle(Object root) {
      op(Opcodes.PROTO);
      out.write(2);
      value(root);
      op(Opcodes.STOP);
      return out.toByteArray();
    }

    private void value(Object value) {
      switch (value) {
        case null -> op(Opcodes.NONE);
        case Boolean b -> op(b ? Opcodes.NEWTRUE : Opcodes.NEWFALSE);
        case Integer i -> number(i);
        case Long l -> number(l);
        // Big-endian, unlike all else.
        case Double d -> op(Opcodes.BINFLOAT, ByteBuffer.allocate(8).putDouble(d).array());
        case String s -> text(s);
        case Tensor t -> tensor(t);
        case List<?> list -> {
          op(Opcodes.EMPTY_LIST);
          op(Opcodes.MARK);
          list.forEach(this::value);
          op(Opcodes.APPENDS);
        }
        case Map<?, ?> map -> {
          op(Opcodes.EMPTY_DICT);
          items(map);
        }
        case OrderedDict dict -> {
          orderedDict();
          items(dict.entries());
        }
        default ->
            throw new IllegalArgumentException(
                "a torch file cannot hold a " + value.getClass().getName());
      }
    }

    private void items(Map<?, ?> map) {
      op(Opcodes.MARK);
      map.forEach(
          (key, item) -> {
            value(key);
            value(item);
          });
      op(Opcodes.SETITEMS);
    }

    /** _rebuild_tensor_v2(storage, offset 0, shape, stride, requires_grad False, no hooks). */
    private void tensor(Tensor t) {
      String key = Integer.toString(storages.size());
      storages.add(t);
      global("torch._utils", "_rebuild_tensor_v2");
      op(Opcodes.MARK);
      op(Opcodes.MARK);
      text("storage");
      global("torch", storageClass(t.dtype()));
      text(key);
      text("cpu");
      number(t.size());
      op(Opcodes.TUPLE);
      op(Opcodes.BINPERSID);
      number(0);
      tuple(t.shape());
      tuple(TensorView.of(t).stride());
      op(Opcodes.NEWFALSE);
      orderedDict();
      op(Opcodes.TUPLE);
      op(Opcodes.REDUCE);
    }

    private static String storageClass(DType dtype) {
      return TorchUnpickler.STORAGES.entrySet().stream()
          .filter(e -> e.getValue() == dtype)
          .findFirst()
          .orElseThrow()
          .getKey();
    }

    private void orderedDict() {
      global("collections", "OrderedDict");
      op(Opcodes.EMPTY_TUPLE);
      op(Opcodes.REDUCE);
    }

    private void tuple(long[] values) {
      op(Opcodes.MARK);
      for (long v : values) {
        number(v);
      }
      op(Opcodes.TUPLE);
    }

    private void number(long value) {
      if (value == (int) value) {
        op(Opcodes.BININT, little(4).putInt((int) value).array());
      } else {
        op(Opcodes.LONG1);
        out.write(8);
        out.writeBytes(little(8).putLong(value).array());
      }
    }

    private void text(String s) {
      byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
      op(Opcodes.BINUNICODE, little(4).putInt(utf8.length).array());
      out.writeBytes(utf8);
    }

    private void global(String module, String name) {
      op(Opcodes.GLOBAL);
      out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private void op(short opcode) {
      out.write(opcode);
    }

    private void op(short opcode, byte[] argument) {
      out.write(opcode);
      out.writeBytes(argument);
    }

    private static ByteBuffer little(int bytes) {
      return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
