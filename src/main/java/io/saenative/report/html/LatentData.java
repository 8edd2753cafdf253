package io.saenative.report.html;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.Latent;
import io.saenative.analysis.DictionaryAnalysis.TopRow;
import io.saenative.analysis.sound.Association;
import io.saenative.analysis.sound.ContingencyTable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The latents of all K as JSON in script elements, for the page's own script. What the table needs
 * is one element a K, column by column; what an opened latent needs is in elements of {@value
 * #CHUNK} latents each, which the browser parses only when one of them is opened; the texts of the
 * rows are in one element for all. Numbers have six digits.
 */
final class LatentData {
  private static final int CHUNK = 512;
  private static final MathContext SIX_DIGITS = new MathContext(6);
  private static final JsonFactory JSON = new JsonFactory();

  /** What a script element of the page holds. */
  record Element(String id, String json) {}

  private final Map<Integer, TopRow> rows = new TreeMap<>();

  private LatentData() {}

  /** The elements in their order, each made when it is asked for. */
  static Iterable<Element> of(List<DictionaryAnalysis> analyses) {
    LatentData data = new LatentData();
    return Stream.concat(
            analyses.stream().flatMap(data::elements),
            Stream.of("rows").map(id -> element(id, data::rows)))
        ::iterator;
  }

  private Stream<Element> elements(DictionaryAnalysis a) {
    Map<String, Integer> concepts = new LinkedHashMap<>();
    a.latents()
        .forEach(
            l -> l.sound().forEach(s -> concepts.putIfAbsent(s.concept().name(), concepts.size())));
    List<Latent> all = a.latents();
    return Stream.concat(
        Stream.of("latents-" + a.k()).map(id -> element(id, g -> table(g, a, concepts))),
        IntStream.range(0, Math.ceilDiv(all.size(), CHUNK))
            .mapToObj(
                i -> {
                  int end = Math.min((i + 1) * CHUNK, all.size());
                  List<Latent> chunk = all.subList(i * CHUNK, end);
                  return element("details-" + a.k() + "-" + i, g -> details(g, chunk, concepts));
                }));
  }

  private void table(JsonGenerator g, DictionaryAnalysis a, Map<String, Integer> concepts)
      throws IOException {
    g.writeStartObject();
    g.writeNumberField("k", a.k());
    g.writeNumberField("rows", a.data().rows());
    g.writeNumberField("chunk", CHUNK);
    g.writeArrayFieldStart("window");
    g.writeNumber(a.activity().window().start());
    g.writeNumber(a.activity().window().end());
    g.writeEndArray();
    g.writeArrayFieldStart("concepts");
    for (String concept : concepts.keySet()) {
      g.writeString(concept);
    }
    g.writeEndArray();
    column(g, "latent", a, l -> g.writeNumber(l.latent()));
    column(g, "rank", a, l -> g.writeNumber(l.activity().rank()));
    column(g, "count", a, l -> g.writeNumber(l.activity().count()));
    column(g, "frequency", a, l -> number(g, l.activity().frequency()));
    column(g, "positive", a, l -> g.writeNumber(l.activity().positive()));
    column(g, "negative", a, l -> g.writeNumber(l.activity().negative()));
    column(g, "mean_magnitude", a, l -> number(g, l.activity().meanMagnitude()));
    column(
        g,
        "published_type",
        a,
        l -> g.writeString(l.published() == null ? "" : l.published().type().toString()));
    column(
        g,
        "published",
        a,
        l -> g.writeString(l.published() == null ? "" : l.published().description()));
    column(
        g,
        "sound",
        a,
        l -> {
          g.writeStartArray();
          for (Association s : l.sound()) {
            g.writeNumber(concepts.get(s.concept().name()));
          }
          g.writeEndArray();
        });
    column(
        g,
        "specialised",
        a,
        l -> g.writeNumber(l.sound().stream().filter(Association::specialised).count()));
    column(
        g,
        "precision",
        a,
        l ->
            number(g, l.sound().isEmpty() ? Double.NaN : l.sound().getFirst().table().precision()));
    column(g, "q", a, l -> number(g, l.sound().isEmpty() ? Double.NaN : l.sound().getFirst().q()));
    g.writeEndObject();
  }

  private void details(JsonGenerator g, List<Latent> latents, Map<String, Integer> concepts)
      throws IOException {
    g.writeStartArray();
    for (Latent l : latents) {
      g.writeStartObject();
      g.writeArrayFieldStart("norms");
      number(g, l.geometry().encoderNorm());
      number(g, l.geometry().decoderNorm());
      number(g, l.geometry().encoderDecoderCosine());
      g.writeEndArray();
      g.writeArrayFieldStart("sound");
      for (Association s : l.sound()) {
        association(g, s, concepts.get(s.concept().name()));
      }
      g.writeEndArray();
      g.writeArrayFieldStart("neighbours");
      for (var neighbour : l.geometry().nearest()) {
        g.writeNumber(neighbour.latent());
        number(g, neighbour.cosine());
      }
      g.writeEndArray();
      g.writeArrayFieldStart("top_rows");
      for (TopRow row : l.topRows()) {
        rows.putIfAbsent(row.row(), row);
        g.writeNumber(row.row());
        number(g, row.activation());
      }
      g.writeEndArray();
      g.writeEndObject();
    }
    g.writeEndArray();
  }

  /** In the order of the columns that the page's script shows. */
  private static void association(JsonGenerator g, Association s, int concept) throws IOException {
    ContingencyTable t = s.table();
    g.writeStartArray();
    g.writeNumber(concept);
    g.writeString(s.concept().kind().toString());
    g.writeString(s.sign().name().toLowerCase(Locale.ROOT));
    g.writeNumber(t.both());
    g.writeNumber(t.active());
    double[] figures = {
      t.precision(),
      t.precisionInterval().low(),
      t.precisionInterval().high(),
      t.recall(),
      t.baseRate(),
      t.lift(),
      t.oddsRatio(),
      t.oddsRatioInterval().low(),
      t.oddsRatioInterval().high(),
      s.p(),
      s.q()
    };
    for (double figure : figures) {
      number(g, figure);
    }
    g.writeNumber(s.specialised() ? 1 : 0);
    g.writeEndArray();
  }

  private void rows(JsonGenerator g) throws IOException {
    g.writeStartObject();
    for (TopRow row : rows.values()) {
      g.writeArrayFieldStart(String.valueOf(row.row()));
      g.writeString(row.problemId());
      g.writeString(row.cot());
      g.writeEndArray();
    }
    g.writeEndObject();
  }

  @FunctionalInterface
  private interface Content {
    void writeTo(JsonGenerator g) throws IOException;
  }

  @FunctionalInterface
  private interface Cell {
    void write(Latent latent) throws IOException;
  }

  private static void column(JsonGenerator g, String name, DictionaryAnalysis a, Cell cell)
      throws IOException {
    g.writeArrayFieldStart(name);
    for (Latent latent : a.latents()) {
      cell.write(latent);
    }
    g.writeEndArray();
  }

  private static void number(JsonGenerator g, double number) throws IOException {
    if (!Double.isFinite(number)) {
      g.writeNull();
    } else if (number == Math.rint(number) && Math.abs(number) < 1e6) {
      g.writeNumber((int) number);
    } else {
      g.writeNumber(new BigDecimal(number).round(SIX_DIGITS).stripTrailingZeros().toString());
    }
  }

  /** No text in the data can end the element: in it there is no "less than" sign. */
  private static Element element(String id, Content content) {
    StringWriter json = new StringWriter();
    try (JsonGenerator g = JSON.createGenerator(json)) {
      g.setCharacterEscapes(new NoTags());
      content.writeTo(g);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Element(id, json.toString());
  }
}
