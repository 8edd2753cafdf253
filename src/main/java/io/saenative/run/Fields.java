package io.saenative.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.saenative.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * An object in a JSON file, read field by field. A field that is missing or of another type is the
 * user's to mend: the message names file and field.
 *
 * @param file where it stands
 * @param path of the object within the file, empty for the whole
 */
public record Fields(Path file, String path, JsonNode node) {

  /** The object in a field, by any number of steps. */
  public Fields at(String... names) {
    Fields here = this;
    for (String name : names) {
      here = new Fields(file, here.pathOf(name), here.required(name));
    }
    return here;
  }

  /** Whether the field is there and is not null. */
  public boolean has(String name) {
    return node.hasNonNull(name);
  }

  public Optional<Fields> optional(String name) {
    return has(name) ? Optional.of(at(name)) : Optional.empty();
  }

  /** A number; NaN where the file says null, which stands for an undefined figure. */
  public double number(String name) {
    JsonNode value = required(name);
    if (value.isNull()) {
      return Double.NaN;
    }
    return of(value.isNumber(), value, name, "a number").doubleValue();
  }

  public int integer(String name) {
    JsonNode value = required(name);
    return of(value.canConvertToInt() && value.isIntegralNumber(), value, name, "an integer")
        .intValue();
  }

  public String text(String name) {
    JsonNode value = required(name);
    return of(value.isTextual(), value, name, "a text").textValue();
  }

  public boolean flag(String name) {
    JsonNode value = required(name);
    return of(value.isBoolean(), value, name, "true or false").booleanValue();
  }

  /** The numbers of a list; NaN for null. */
  public double[] numbers(String name) {
    return StreamSupport.stream(list(name).spliterator(), false)
        .mapToDouble(v -> v.isNumber() ? v.doubleValue() : Double.NaN)
        .toArray();
  }

  /** The objects of a list. */
  public List<Fields> objects(String name) {
    return StreamSupport.stream(list(name).spliterator(), false)
        .map(v -> new Fields(file, pathOf(name), v))
        .toList();
  }

  /** How many entries a list has. */
  public int size(String name) {
    return list(name).size();
  }

  private JsonNode list(String name) {
    JsonNode value = required(name);
    return of(value.isArray(), value, name, "a list");
  }

  private JsonNode required(String name) {
    JsonNode value = node.get(name);
    if (value == null) {
      throw new UserError(
          "cannot read " + file + ": " + pathOf(name) + " is missing: make the file anew");
    }
    return value;
  }

  private JsonNode of(boolean right, JsonNode value, String name, String expected) {
    if (!right) {
      throw new UserError(
          "cannot read "
              + file
              + ": "
              + pathOf(name)
              + " should be "
              + expected
              + ", not "
              + value.getNodeType());
    }
    return value;
  }

  private String pathOf(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
