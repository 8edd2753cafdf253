package io.saenative.report.html;

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
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.PublishedRule.Specialization;
import io.saenative.analysis.sound.SoundRule.Association;
import io.saenative.run.JsonFile;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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

  /** Of the table of an association, a fifth of the page. */
  private static final List<String> NOT_SHOWN =
      List.of("concept", "rows", "recall_interval", "lift_interval");

  /**
   * The content of a script element of the page.
   *
   * @param json in which nothing can end the element: it has no "less than" sign
   */
  record Element(String id, String json) {}

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

  /**
   * What an opened latent adds.
   *
   * @param sound associations without those figures that the page does not show
   */
  private record Details(LatentGeometry geometry, List<JsonNode> sound, List<Activation> topRows) {}

  private record Activation(int row, double activation) {}

  private record Text(int row, @Nullable String problemId, @Nullable String cot) {}

  private final SortedMap<Integer, Text> texts = new TreeMap<>();

  private LatentData() {}

  /** The elements in their order, each made when it is asked for; to be read once. */
  @SuppressWarnings("StreamToIterable")
  static Iterable<Element> of(List<DictionaryAnalysis> analyses) {
    LatentData data = new LatentData();
    return Stream.concat(
            analyses.stream().flatMap(data::elements),
            Stream.of(data.texts).map(texts -> element("rows", columns(texts.values()))))
        ::iterator;
  }

  private Stream<Element> elements(DictionaryAnalysis a) {
    List<Latent> latents = a.latents();
    return Stream.concat(
        Stream.of(a).map(LatentData::table),
        IntStream.range(0, Math.ceilDiv(latents.size(), CHUNK))
            .mapToObj(
                chunk -> {
                  int end = Math.min((chunk + 1) * CHUNK, latents.size());
                  List<Details> details =
                      latents.subList(chunk * CHUNK, end).stream().map(this::details).toList();
                  return element("details-" + a.k() + "-" + chunk, columns(details));
                }));
  }

  private static Element table(DictionaryAnalysis a) {
    List<String> names =
        a.latents().stream()
            .flatMap(l -> l.sound().stream())
            .map(s -> s.concept().name())
            .distinct()
            .toList();
    Map<String, Integer> places =
        IntStream.range(0, names.size()).boxed().collect(Collectors.toMap(names::get, i -> i));
    Table table =
        new Table(
            a.k(),
            a.data().rows(),
            a.activity().window(),
            Optional.ofNullable(a.labelled()).map(l -> l.criteria().q()).orElse(null),
            CHUNK,
            names,
            columns(a.latents().stream().map(l -> listed(l, places)).toList()));
    return element("latents-" + a.k(), JsonFile.tree(table));
  }

  private static Listed listed(Latent l, Map<String, Integer> places) {
    return new Listed(
        l.latent(),
        l.activity(),
        l.published() == null
            ? null
            : new Published(l.published().type(), l.published().description()),
        l.sound().stream().map(s -> places.get(s.concept().name())).toList(),
        l.sound().stream()
            .filter(Association::specialised)
            .findFirst()
            .map(s -> new Specialised(s.concept().name(), s.table().precision(), s.q()))
            .orElse(null));
  }

  private Details details(Latent l) {
    for (TopRow row : l.topRows()) {
      texts.putIfAbsent(row.row(), new Text(row.row(), row.problemId(), row.cot()));
    }
    return new Details(
        l.geometry(),
        l.sound().stream().map(LatentData::shown).toList(),
        l.topRows().stream().map(row -> new Activation(row.row(), row.activation())).toList());
  }

  private static JsonNode shown(Association association) {
    ObjectNode shown = (ObjectNode) JsonFile.tree(association);
    ((ObjectNode) shown.get("table")).remove(NOT_SHOWN);
    return shown;
  }

  private static JsonNode columns(Collection<?> records) {
    return transposed(records.stream().map(JsonFile::tree).toList());
  }

  /** Objects of one shape, or null, as columns; values of any other kind as one column. */
  private static JsonNode transposed(List<JsonNode> values) {
    Optional<JsonNode> record =
        values.stream().filter(v -> v.isObject() && !v.isEmpty()).findFirst();
    if (record.isPresent()) {
      ObjectNode columns = JsonNodeFactory.instance.objectNode();
      record
          .get()
          .fieldNames()
          .forEachRemaining(
              name ->
                  columns.set(name, transposed(values.stream().map(v -> v.path(name)).toList())));
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
    return number == Math.rint(number) && Math.abs(number) < 1e6
        ? IntNode.valueOf((int) number)
        : DecimalNode.valueOf(new BigDecimal(number).round(SIX_DIGITS).stripTrailingZeros());
  }

  private static Element element(String id, JsonNode content) {
    return new Element(id, content.toString().replace("<", "\\u003C"));
  }
}
