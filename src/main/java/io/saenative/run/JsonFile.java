package io.saenative.run;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import io.saenative.UserError;
import io.saenative.format.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Records as JSON files: names in snake case, enums in lower case, and null for a number that is
 * not finite, which JSON does not have; it is read back as NaN.
 */
public final class JsonFile {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(double.class, new FiniteNumber())
                  .addSerializer(Double.class, new FiniteNumber())
                  .addDeserializer(double.class, new NumberOrNull())
                  .addDeserializer(Double.class, new NumberOrNull()))
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private JsonFile() {}

  /** A record as it stands in a file. */
  public static JsonNode tree(Object record) {
    return MAPPER.valueToTree(record);
  }

  /** Writes a record, whole or not at all. */
  public static void write(Path file, Object content) {
    AtomicFile.write(file, out -> MAPPER.writeValue(out, content));
  }

  /** Writes a record with an entry a line, for people to read; whole or not at all. */
  public static void writeIndented(Path file, Object content) {
    DefaultIndenter twoSpaces = new DefaultIndenter("  ", "\n");
    ObjectWriter writer =
        MAPPER.writer(
            new DefaultPrettyPrinter().withObjectIndenter(twoSpaces).withArrayIndenter(twoSpaces));
    AtomicFile.write(
        file,
        out -> {
          writer.writeValue(out, content);
          out.write('\n');
        });
  }

  /**
   * Reads a record.
   *
   * @throws UserError naming file and field if the file does not hold one
   */
  public static <T> T read(Path file, Class<T> type) {
    try {
      return MAPPER.readValue(file.toFile(), type);
    } catch (IOException e) {
      throw new UserError("cannot read " + file + ": " + reason(e) + ": make the file anew", e);
    }
  }

  /**
   * What a field of the object in a file holds, as text; empty text for an object or a list.
   *
   * @return empty if the object does not have the field
   * @throws UserError if the file holds no JSON object
   */
  static Optional<String> field(Path file, String name) {
    try (JsonParser in = MAPPER.createParser(file.toFile())) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new JsonParseException(in, "no object");
      }
      for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
        in.nextToken();
        if (field.equals(name)) {
          return Optional.of(in.getValueAsString(""));
        }
        in.skipChildren();
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UserError("cannot read " + file + ": " + reason(e) + ": make the file anew", e);
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case JsonMappingException m when !m.getPath().isEmpty() ->
          m.getPath().stream()
                  .map(
                      step ->
                          step.getFieldName() == null
                              ? String.valueOf(step.getIndex())
                              : step.getFieldName())
                  .collect(Collectors.joining("."))
              + " is missing or not what it should be";
      case JsonProcessingException j -> "not JSON: " + firstLine(j.getOriginalMessage());
      default -> AtomicFile.reason(e);
    };
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static final class FiniteNumber extends StdScalarSerializer<Double> {
    private static final long serialVersionUID = 1;

    FiniteNumber() {
      super(Double.class);
    }

    @Override
    public void serialize(Double value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      if (Double.isFinite(value)) {
        out.writeNumber(value);
      } else {
        out.writeNull();
      }
    }
  }

  private static final class NumberOrNull extends StdScalarDeserializer<Double> {
    private static final long serialVersionUID = 1;

    NumberOrNull() {
      super(Double.class);
    }

    @Override
    public Double deserialize(JsonParser in, DeserializationContext context) throws IOException {
      if (!in.currentToken().isNumeric()) {
        return (Double) context.handleUnexpectedToken(Double.class, in);
      }
      return in.getDoubleValue();
    }

    @Override
    public Double getNullValue(DeserializationContext context) {
      return Double.NaN;
    }
  }
}
