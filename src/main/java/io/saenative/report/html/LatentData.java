package io.saenative.report.html;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.Latent;
import io.saenative.analysis.DictionaryAnalysis.TopRow;
import io.saenative.analysis.latents.Activity.LatentActivity;
import io.saenative.analysis.latents.DictionaryGeometry.LatentGeometry;
import io.saenative.analysis.latents.LatentStatistics.Sign;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.PublishedRule.Specialization;
import io.saenative.analysis.sound.Concept;
import io.saenative.analysis.sound.ContingencyTable;
import io.saenative.analysis.sound.SoundRule.Association;
import io.saenative.run.JsonFile;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The latents of all K as JSON in script elements, for the page's own script. What the list needs
 * is one element a K; what an opened latent needs is in elements of {@value #CHUNK} latents each,
 * which the browser parses only when one of them is opened; the texts of the rows are in one
 * element for all.
 *
 * <p>Records have the names and the shape that they have in the files of analyses, with six digits,
 * and lie column by column: a name stands once, and the list of what each record has under it. A
 * list of records within a record is such an object, too.
 */
final class LatentData {
  private static final int CHUNK = 512;
  private static final MathContext SIX_DIGITS = new MathContext(6);

  /**
   * A script element of the page.
   *
   * @param content makes what is in it, when that is written
   */
  record Element(String id, Supplier<JsonNode> content) {
    /** In which nothing can end the element: it has no "less than" sign. */
    String json() {
      return content.get().toString().replace("<", "\\u003C");
    }
  }

  /**
   * The list of the latents of one K.
   *
   * @param significantBelow the q below which an association is significant; null if nothing was
   *     tested
   * @param chunk latents in an element of details
   * @param concepts names of those that any latent was tested for
   * @param latents columns of {@link Listed}
   */
  private record Table(
      int k,
      int rows,
      RankWindow window,
      @Nullable Double significantBelow,
      int chunk,
      Collection<String> concepts,
      JsonNode latents) {}

  /**
   * A latent in the list.
   *
   * @param tested for which concepts, by their places in the list of names
   * @param specialised null if it is not
   */
  private record Listed(
      int latent,
      LatentActivity activity,
      @Nullable Published published,
      List<Integer> tested,
      @Nullable Specialised specialised) {}

  private record Published(Specialization.Type type, String description) {}

  private record Specialised(String concept, double precision, double q) {}

  /** What an opened latent adds. */
  private record Details(LatentGeometry geometry, List<Shown> sound, List<Activation> topRows) {}

  /**
   * An {@link Association}.
   *
   * @param table without those of its figures that the page does not show, a fifth of the page
   */
  private record Shown(
      Sign sign,
      Concept concept,
      @JsonIgnoreProperties({"concept", "rows", "recall_interval", "lift_interval"})
          ContingencyTable table,
      double p,
      double q,
      boolean specialised) {}

  private record Activation(int row, double activation) {}

  private record Text(int row, @Nullable String problemId, @Nullable String cot) {}

  private LatentData() {}

  /** The elements in their order. */
  static List<Element> of(List<DictionaryAnalysis> analyses) {
    List<Element> elements = new ArrayList<>();
    for (DictionaryAnalysis a : analyses) {
      elements.add(new Element("latents-" + a.k(), () -> JsonFile.tree(table(a))));
      List<Latent> latents = a.latents();
      for (int first = 0; first < latents.size(); first += CHUNK) {
        List<Latent> chunk = latents.subList(first, Math.min(first + CHUNK, latents.size()));
        elements.add(
            new Element(
                "details-%d-%d".formatted(a.k(), first / CHUNK),
                () -> columns(chunk.stream().map(LatentData::details).toList())));
      }
    }
    elements.add(new Element("rows", () -> columns(texts(analyses))));
    return elements;
  }

  private static Table table(DictionaryAnalysis a) {
    List<String> names =
        a.latents().stream()
            .flatMap(l -> l.sound().stream())
            .map(s -> s.concept().name())
            .distinct()
            .toList();
    Map<String, Integer> places =
        IntStream.range(0, names.size()).boxed().collect(Collectors.toMap(names::get, i -> i));
    return new Table(
        a.k(),
        a.data().rows(),
        a.activity().window(),
        a.labelled() == null ? null : a.labelled().criteria().q(),
        CHUNK,
        names,
        columns(a.latents().stream().map(l -> listed(l, places)).toList()));
  }

  private static Listed listed(Latent l, Map<String, Integer> places) {
    Specialization published = l.published();
    return new Listed(
        l.latent(),
        l.activity(),
        published == null ? null : new Published(published.type(), published.description()),
        l.sound().stream().map(s -> places.get(s.concept().name())).toList(),
        l.sound().stream()
            .filter(Association::specialised)
            .findFirst()
            .map(s -> new Specialised(s.concept().name(), s.table().precision(), s.q()))
            .orElse(null));
  }

  private static Details details(Latent l) {
    return new Details(
        l.geometry(),
        l.sound().stream()
            .map(s -> new Shown(s.sign(), s.concept(), s.table(), s.p(), s.q(), s.specialised()))
            .toList(),
        l.topRows().stream().map(row -> new Activation(row.row(), row.activation())).toList());
  }

  /** Those of all top rows, ascending. */
  private static Collection<Text> texts(List<DictionaryAnalysis> analyses) {
    SortedMap<Integer, Text> texts = new TreeMap<>();
    for (DictionaryAnalysis a : analyses) {
      for (Latent l : a.latents()) {
        for (TopRow row : l.topRows()) {
          texts.putIfAbsent(row.row(), new Text(row.row(), row.problemId(), row.cot()));
        }
      }
    }
    return texts.values();
  }

  private static JsonNode columns(Collection<?> records) {
    return transposed(JsonFile.tree(records).valueStream().toList());
  }

  /** Objects of one shape, or null, as columns; values of any other kind as one column. */
  private static JsonNode transposed(List<JsonNode> values) {
    Optional<JsonNode> record =
        values.stream().filter(v -> v.isObject() && !v.isEmpty()).findFirst();
    if (record.isPresent()) {
      ObjectNode columns = JsonNodeFactory.instance.objectNode();
      for (String name : (Iterable<String>) record.get()::fieldNames) {
        columns.set(name, transposed(values.stream().map(v -> v.path(name)).toList()));
      }
      return columns;
    }
    if (values.stream().anyMatch(value -> value.path(0).isObject())) {
      return transposed(
          values.stream().map(list -> transposed(list.valueStream().toList())).toList());
    }
    ArrayNode column = JsonNodeFactory.instance.arrayNode(values.size());
    values.forEach(value -> column.add(sixDigits(value)));
    return column;
  }

  private static JsonNode sixDigits(JsonNode value) {
    if (!value.isDouble()) {
      return value.isMissingNode() ? NullNode.instance : value;
    }
    double number = value.doubleValue();
    if (number == Math.rint(number) && Math.abs(number) < 1e6) {
      return IntNode.valueOf((int) number);
    }
    // The shortest digits that name the number are rounded in a fraction of the time of all of its
    // digits, and to the same, unless they are seven: then the last may only look like a half.
    BigDecimal shortest = BigDecimal.valueOf(number);
    BigDecimal digits = shortest.precision() == 7 ? new BigDecimal(number) : shortest;
    return DecimalNode.valueOf(digits.round(SIX_DIGITS).stripTrailingZeros());
  }
}
