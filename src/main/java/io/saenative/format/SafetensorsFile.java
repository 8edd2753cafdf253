package io.saenative.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.saenative.UserError;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The safetensors format: eight little-endian bytes with the length of the header, the header as a
 * JSON object {@code {"name": {"dtype", "shape", "data_offsets": [begin, end]}, …, "__metadata__":
 * {string: string}}}, then the elements of all tensors, without gap or overlap. Specification: the
 * README of huggingface/safetensors.
 *
 * @param tensors in the order of the header, sharing the mapped file; not to be changed
 * @param metadata the strings under {@code __metadata__}; empty if there are none
 */
public record SafetensorsFile(Map<String, Tensor> tensors, Map<String, String> metadata) {
  private static final String METADATA = "__metadata__";
  private static final int MAX_HEADER = 100_000_000;
  private static final int ALIGNMENT = 8;
  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(MAX_HEADER).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Whether a file begins as one may: behind the length, the header is a JSON object. */
  public static boolean begins(MappedFile file) {
    return file.bytes().byteSize() > Long.BYTES
        && file.bytes().get(ValueLayout.JAVA_BYTE, Long.BYTES) == '{';
  }

  /** Reads as {@link #read(MappedFile)} does a file that must be there. */
  public static SafetensorsFile read(Path file) {
    return read(MappedFile.open(file));
  }

  /**
   * Checks the header of a mapped file.
   *
   * @throws UserError if it is truncated, or its header is not what the format says
   */
  public static SafetensorsFile read(MappedFile mapped) {
    Path file = mapped.path();
    MemorySegment bytes = mapped.bytes();
    if (bytes.byteSize() < Long.BYTES) {
      throw new UserError(file + " is too short for a safetensors file: copy or write it again");
    }
    long length = bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    if (length < 2 || length > MAX_HEADER) {
      throw new UserError(
          ("%s is not a safetensors file: its header would have %s bytes: name another file"
                  + " or write it again")
              .formatted(file, Long.toUnsignedString(length)));
    }
    if (length > bytes.byteSize() - Long.BYTES) {
      throw new UserError(file + " ends inside its header: copy or write it again");
    }
    JsonNode header;
    try {
      header = JSON.readTree(bytes.asSlice(Long.BYTES, length).toArray(ValueLayout.JAVA_BYTE));
    } catch (JsonProcessingException e) {
      throw new UserError(
          "%s has a safetensors header that is not JSON (%s): write it again"
              .formatted(file, MappedFile.printable(e.getOriginalMessage())),
          e);
    } catch (IOException e) {
      throw new UserError(
          file + " has a safetensors header that cannot be read: write it again", e);
    }
    return new Header(file, header, bytes.asSlice(Long.BYTES + length)).parse();
  }

  /**
   * Writes a file: tensors with larger elements first, so that all are aligned, otherwise in the
   * map's order.
   *
   * @param out left open
   * @param metadata may be empty
   */
  public static void write(
      OutputStream out, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    ObjectNode header = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = header.putObject(METADATA);
      metadata.forEach(node::put);
    }
    List<Map.Entry<String, Tensor>> ordered = new ArrayList<>(tensors.entrySet());
    ordered.sort(Comparator.comparingInt(e -> -e.getValue().dtype().bytes()));
    long offset = 0;
    for (Map.Entry<String, Tensor> e : ordered) {
      Tensor t = e.getValue();
      ObjectNode node = header.putObject(e.getKey());
      node.put("dtype", t.dtype().name());
      node.set("shape", JSON.valueToTree(t.shape()));
      node.putArray("data_offsets").add(offset).add(offset + t.data().byteSize());
      offset += t.data().byteSize();
    }
    byte[] json = JSON.writeValueAsBytes(header);
    int length = Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT;
    ByteBuffer start = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(length).put(json);
    Arrays.fill(start.array(), start.position(), start.capacity(), (byte) ' ');
    out.write(start.array());
    for (Map.Entry<String, Tensor> e : ordered) {
      MappedFile.copy(e.getValue().data(), out);
    }
  }

  /** The header of one file and the bytes it describes. */
  private record Header(Path file, JsonNode json, MemorySegment data) {
    private record Span(long begin, long end) {}

    SafetensorsFile parse() {
      if (!json.isObject()) {
        throw bad("is not a JSON object");
      }
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      List<Span> spans = new ArrayList<>();
      for (Map.Entry<String, JsonNode> e : json.properties()) {
        if (e.getKey().equals(METADATA)) {
          if (!e.getValue().isObject()) {
            throw bad("has metadata that is not a JSON object");
          }
          for (Map.Entry<String, JsonNode> m : e.getValue().properties()) {
            if (!m.getValue().isTextual()) {
              throw bad("has metadata '" + m.getKey() + "' that is not a string");
            }
            metadata.put(m.getKey(), m.getValue().textValue());
          }
        } else {
          tensors.put(e.getKey(), tensor(e.getKey(), e.getValue(), spans));
        }
      }
      checkCoverage(spans);
      return new SafetensorsFile(
          Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(metadata));
    }

    private Tensor tensor(String name, JsonNode node, List<Span> spans) {
      long[] shape = sizes(name, node, "shape");
      long[] offsets = sizes(name, node, "data_offsets");
      if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > data.byteSize()) {
        throw bad(
            "places tensor '%s' at %s of %s bytes of data: it is cut off or damaged"
                .formatted(name, Arrays.toString(offsets), data.byteSize()));
      }
      spans.add(new Span(offsets[0], offsets[1]));
      DType dtype = dtype(name, node.path("dtype").asText());
      long bytes = offsets[1] - offsets[0];
      try {
        return new Tensor(dtype, shape, data.asSlice(offsets[0], bytes));
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw bad(
            "gives tensor '%s' %s bytes, not what %s of shape %s takes"
                .formatted(name, bytes, dtype, Arrays.toString(shape)));
      }
    }

    private DType dtype(String name, String text) {
      for (DType d : DType.values()) {
        if (d.name().equals(text)) {
          return d;
        }
      }
      throw bad(
          "gives tensor '%s' the type '%s', and only %s are read"
              .formatted(name, text, Arrays.toString(DType.values())));
    }

    private void checkCoverage(List<Span> spans) {
      spans.sort(Comparator.comparingLong(Span::begin).thenComparingLong(Span::end));
      long end = 0;
      for (Span s : spans) {
        if (s.begin != end) {
          throw bad(
              "has tensors that overlap or leave a gap at byte %s of the data"
                  .formatted(Math.min(s.begin, end)));
        }
        end = s.end;
      }
      if (end != data.byteSize()) {
        throw bad("describes " + end + " bytes of data and the file has " + data.byteSize());
      }
    }

    private long[] sizes(String name, JsonNode tensor, String field) {
      JsonNode sizes = tensor.path(field);
      if (!sizes.isArray() || !sizes.valueStream().allMatch(Header::isSize)) {
        throw bad("gives tensor '" + name + "' a " + field + " that is not a list of sizes");
      }
      return sizes.valueStream().mapToLong(JsonNode::longValue).toArray();
    }

    private static boolean isSize(JsonNode node) {
      return node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0;
    }

    private UserError bad(String how) {
      return new UserError(
          "%s: its safetensors header %s; write it again"
              .formatted(file, MappedFile.printable(how)));
    }
  }
}
