package io.saenative.format;

import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.tensor.TensorView;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;

/**
 * Reads the pickle inside a torch file as data. A pickle is a program for a small stack machine
 * that may name and call any Python function; here only the instructions and names listed below
 * mean anything, and everything else is refused by name.
 *
 * <p>The library's own ways to make objects (a table of constructors shared by the whole process,
 * and reflection) are never reached: it is handed only instructions that move plain values. Lists
 * are ArrayLists, tuples unmodifiable lists, dicts LinkedHashMaps in file order; integers are
 * Integer, Long or BigInteger, floats Double, bytes byte[].
 *
 * <p>Throws {@link Refusal}, or another RuntimeException or IOException where the instructions do
 * not fit together.
 */
final class TorchUnpickler extends Unpickler {
  /** Says why the pickle is not read, in a sentence that the file's name begins. */
  static final class Refusal extends RuntimeException {
    Refusal(String message) {
      super(message);
    }
  }

  /** What a name on the allow-list does when it is called. */
  private interface Constructor extends Function<List<?>, Object> {}

  /** The storage classes of torch and what they hold. */
  static final Map<String, DType> STORAGES =
      Map.of(
          "HalfStorage", DType.F16,
          "BFloat16Storage", DType.BF16,
          "FloatStorage", DType.F32,
          "DoubleStorage", DType.F64,
          "IntStorage", DType.I32,
          "LongStorage", DType.I64);

  private final BiFunction<String, DType, Tensor> storage;
  private final Function<TensorView, Object> finish;

  /**
   * @param storage gives the flat tensor of a storage's key and type
   * @param finish what a tensor becomes in the result
   */
  TorchUnpickler(BiFunction<String, DType, Tensor> storage, Function<TensorView, Object> finish) {
    this.storage = storage;
    this.finish = finish;
  }

  /** The pickle's value. */
  Object read(byte[] pickle) throws IOException {
    return load(new Input(pickle));
  }

  @Override
  protected Object dispatch(short opcode) throws IOException {
    switch (opcode) {
      case Opcodes.PROTO,
          Opcodes.FRAME,
          Opcodes.STOP,
          Opcodes.MARK,
          Opcodes.NONE,
          Opcodes.NEWTRUE,
          Opcodes.NEWFALSE,
          Opcodes.BININT,
          Opcodes.BININT1,
          Opcodes.BININT2,
          Opcodes.LONG1,
          Opcodes.BINFLOAT,
          Opcodes.SHORT_BINUNICODE,
          Opcodes.SHORT_BINBYTES,
          Opcodes.EMPTY_LIST,
          Opcodes.BINPUT,
          Opcodes.LONG_BINPUT,
          Opcodes.MEMOIZE,
          Opcodes.BINPERSID -> {
        return super.dispatch(opcode);
      }
      case Opcodes.BINUNICODE, Opcodes.BINBYTES -> {
        ((Input) input).checkLength(Integer.BYTES);
        return super.dispatch(opcode);
      }
      case Opcodes.BINUNICODE8, Opcodes.BINBYTES8 -> {
        ((Input) input).checkLength(Long.BYTES);
        return super.dispatch(opcode);
      }
      case Opcodes.BINGET, Opcodes.LONG_BINGET -> {
        super.dispatch(opcode);
        if (stack.peek() instanceof NumpyObjects.ArrayUnderConstruction a) {
          stack.pop();
          stack.add(a.resultOrSelf());
        }
      }
      case Opcodes.EMPTY_TUPLE -> stack.add(List.of());
      case Opcodes.TUPLE1 -> stack.add(tuple(1));
      case Opcodes.TUPLE2 -> stack.add(tuple(2));
      case Opcodes.TUPLE3 -> stack.add(tuple(3));
      case Opcodes.TUPLE -> stack.add(Collections.unmodifiableList(stack.pop_all_since_marker()));
      case Opcodes.APPEND -> append(tuple(1));
      case Opcodes.APPENDS -> append(stack.pop_all_since_marker());
      case Opcodes.EMPTY_DICT -> stack.add(new LinkedHashMap<>());
      case Opcodes.SETITEM -> setItems(tuple(2));
      case Opcodes.SETITEMS -> setItems(stack.pop_all_since_marker());
      case Opcodes.GLOBAL ->
          stack.add(named(PickleUtils.readline(input), PickleUtils.readline(input)));
      case Opcodes.STACK_GLOBAL -> {
        List<?> name = tuple(2);
        stack.add(named((String) name.get(0), (String) name.get(1)));
      }
      case Opcodes.REDUCE -> call();
      case Opcodes.BUILD -> build();
      case Opcodes.INST -> throw refused(PickleUtils.readline(input), PickleUtils.readline(input));
      default ->
          throw new Refusal(
              ("uses the pickle instruction 0x%s, which a data file has no need of: save it"
                      + " again with torch.save")
                  .formatted(HexFormat.of().toHexDigits((byte) opcode)));
    }
    return NO_RETURN_VALUE;
  }

  /** A storage: ("storage", class, key, device, elements). The device it was on does not matter. */
  @Override
  protected Object persistentLoad(Object id) {
    if (!(id instanceof List<?> l
        && l.size() == 5
        && "storage".equals(l.get(0))
        && l.get(1) instanceof DType dtype)) {
      throw new Refusal("refers to something outside its pickle that is not a tensor's storage");
    }
    Tensor whole = storage.apply((String) l.get(2), dtype);
    long elements = integer(l.get(4));
    if (elements > whole.size()) {
      throw new Refusal(
          "is damaged: storage %s should have %s elements and has %s; copy or write it again"
              .formatted(l.get(2), elements, whole.size()));
    }
    return whole;
  }

  private Object named(String module, String name) {
    if (module.equals("torch") && STORAGES.containsKey(name)) {
      return STORAGES.get(name);
    }
    return switch (module + "." + name) {
      case "torch._utils._rebuild_tensor_v2" -> (Constructor) this::tensor;
      case "torch._utils._rebuild_parameter" -> (Constructor) args -> args.get(0);
      case "collections.OrderedDict" ->
          (Constructor) args -> emptyOnly(args, new LinkedHashMap<>());
      case "__builtin__.bytes", "builtins.bytes" ->
          (Constructor) args -> emptyOnly(args, new byte[0]);
      case "_codecs.encode" -> (Constructor) TorchUnpickler::latin1Bytes;
      case "numpy.ndarray" -> NumpyObjects.NDARRAY;
      case "numpy.dtype" -> (Constructor) NumpyObjects::dtype;
      case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct" ->
          (Constructor) NumpyObjects::emptyArray;
      case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar" ->
          (Constructor) NumpyObjects::scalar;
      default -> throw refused(module, name);
    };
  }

  private static Refusal refused(String module, String name) {
    boolean torchType =
        (module.equals("torch") && name.endsWith("Storage")) || module.equals("torch.storage");
    if (torchType
        || name.equals("_rebuild_tensor_v3")) { // v3 rebuilds the types that have no storage class
      return new Refusal(
          ("holds a tensor of an unsupported type (%s): save it as float32, float16,"
                  + " bfloat16, float64, int32 or int64")
              .formatted(MappedFile.printable(name)));
    }
    return new Refusal(
        ("refers to %s, which a data file has no need of: nothing was run; save only tensors,"
                + " lists, dicts, strings and numbers")
            .formatted(MappedFile.printable(module + "." + name)));
  }

  private void call() {
    List<?> args = (List<?>) stack.pop();
    stack.add(((Constructor) stack.pop()).apply(args));
  }

  /**
   * Attributes of the object below: numpy's say what the object is, those of an OrderedDict are not
   * needed.
   */
  private void build() {
    Object state = stack.pop();
    switch (stack.peek()) {
      case NumpyObjects.ArrayUnderConstruction a -> {
        stack.pop();
        stack.add(a.build((List<?>) state));
      }
      case NumpyObjects.PickledDType d -> d.setState((List<?>) state);
      case Map<?, ?> m -> {}
      default ->
          throw new Refusal(
              "sets attributes of something that has none: save plain tensors, lists and dicts");
    }
  }

  /**
   * The library's own reallocates the list for every thousand items, which takes half a minute for
   * an activation file.
   */
  private void append(List<?> items) {
    // EMPTY_LIST makes an ArrayList<Object>; a tuple refuses to be changed.
    @SuppressWarnings("unchecked")
    List<Object> target = (List<Object>) stack.peek();
    target.addAll(items);
  }

  private void setItems(List<?> keysAndValues) {
    // Only EMPTY_DICT and OrderedDict make maps, both LinkedHashMap<Object, Object>.
    @SuppressWarnings("unchecked")
    Map<Object, Object> target = (Map<Object, Object>) stack.peek();
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      Object key = keysAndValues.get(i);
      if (!(key instanceof String
          || key instanceof Number
          || key instanceof Boolean)) { // hashing a list may never end
        throw new Refusal(
            "has a dict with a key that is neither a string nor a number: use strings as keys");
      }
      target.put(key, keysAndValues.get(i + 1));
    }
  }

  private List<?> tuple(int size) {
    Object[] items = new Object[size];
    for (int i = size - 1; i >= 0; i--) {
      items[i] = stack.pop();
    }
    return Collections.unmodifiableList(Arrays.asList(items));
  }

  /** (storage, offset, shape, stride, requires_grad, hooks): the last two do not matter here. */
  private Object tensor(List<?> args) {
    long offset = integer(args.get(1));
    long[] shape = integers(args.get(2));
    long[] stride = integers(args.get(3));
    return finish.apply(new TensorView((Tensor) args.get(0), offset, shape, stride));
  }

  /** How protocol 2 spells bytes: as the text whose Latin-1 encoding they are. */
  private static Object latin1Bytes(List<?> args) {
    if (args.size() != 2 || !"latin1".equals(args.get(1))) {
      throw new Refusal("encodes text other than as latin1, which a data file has no need of");
    }
    return ((String) args.get(0)).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Object emptyOnly(List<?> args, Object value) {
    if (!args.isEmpty()) {
      throw new Refusal(
          "builds a container in a way that torch.save does not: save it again with torch.save");
    }
    return value;
  }

  static long integer(Object number) {
    if (number instanceof Integer || number instanceof Long) {
      return ((Number) number).longValue();
    }
    throw new Refusal(
        "is damaged: a size, stride or offset is not an integer; copy or write it again");
  }

  static long[] integers(Object list) {
    return ((List<?>) list).stream().mapToLong(TorchUnpickler::integer).toArray();
  }

  /**
   * Pickle bytes that know how many are left, so that a wrong length is refused before memory is
   * taken for it.
   */
  private static final class Input extends ByteArrayInputStream {
    Input(byte[] pickle) {
      super(pickle);
    }

    /** Looks at the unsigned little-endian length that comes next. */
    void checkLength(int bytes) {
      long length = 0;
      for (int i = bytes - 1; i >= 0; i--) {
        length = length << 8 | (pos + i < count ? buf[pos + i] & 0xFF : 0);
      }
      if (length < 0 || length > count - pos - bytes) {
        throw new Refusal("is damaged: its pickle ends inside a string; copy or write it again");
      }
    }
  }
}
