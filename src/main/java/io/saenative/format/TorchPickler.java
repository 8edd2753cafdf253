package io.saenative.format;

import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.tensor.TensorView;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.Opcodes;

/**
 * Spells an object in pickle protocol 2 the way {@code torch.save} does, with tensors as references
 * to storages.
 */
final class TorchPickler {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<String, Tensor> storages;

  private TorchPickler(Map<String, Tensor> storages) {
    this.storages = storages;
  }

  /**
   * The pickle of an object.
   *
   * @param storages receives each tensor under the key the pickle calls it by
   */
  static byte[] pickle(Object root, Map<String, Tensor> storages) {
    TorchPickler p = new TorchPickler(storages);
    p.op(Opcodes.PROTO);
    p.out.write(2);
    p.value(root);
    p.op(Opcodes.STOP);
    return p.out.toByteArray();
  }

  private void value(Object value) {
    switch (value) {
      case null -> op(Opcodes.NONE);
      case Boolean b -> op(b ? Opcodes.NEWTRUE : Opcodes.NEWFALSE);
      case Integer i -> number(i);
      case Long l -> number(l);
      case Double d ->
          op(Opcodes.BINFLOAT, ByteBuffer.allocate(8).putDouble(d)); // big-endian, unlike all else
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
      case TorchWriter.OrderedDict dict -> {
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
    storages.put(key, t);
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
      op(Opcodes.BININT, little(4).putInt((int) value));
    } else {
      op(Opcodes.LONG1);
      out.write(8);
      out.writeBytes(little(8).putLong(value).array());
    }
  }

  private void text(String s) {
    byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
    op(Opcodes.BINUNICODE, little(4).putInt(utf8.length));
    out.writeBytes(utf8);
  }

  private void global(String module, String name) {
    op(Opcodes.GLOBAL);
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private void op(short opcode) {
    out.write(opcode);
  }

  private void op(short opcode, ByteBuffer argument) {
    out.write(opcode);
    out.writeBytes(argument.array());
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
