package io.saenative.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.saenative.UserError;
import io.saenative.data.Activations.Source;
import io.saenative.format.AtomicFile;
import io.saenative.format.FileLock;
import io.saenative.sae.Evaluation;
import io.saenative.train.History;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code large_k_summary_layer14_pos3.json}: figures and curves of every K that was trained with
 * one set of settings on one set of data.
 *
 * <p>Its {@code config} and {@code results} are the experiment's, key by key; what the experiment
 * does not have is under {@code sae_native}. Each K is added to the file as soon as it is trained.
 * Results of other settings or other data are never mixed: a file that holds such results is
 * replaced, which {@link #replaces} tells beforehand, and a file that this program did not write is
 * refused.
 */
public final class Summary {
  private static final String OURS = "sae_native";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final int trainRows;
  private final int validationRows;
  private final Program program;

  /**
   * What computed the results.
   *
   * @param version of this program
   * @param backend what the backend runs on
   * @param reason why this backend was used
   */
  public record Program(String version, String backend, String reason) {}

  /**
   * One trained SAE and its figures on the validation rows; the checkpoint is named relative to the
   * summary's folder.
   */
  public record Result(
      Provenance provenance, Evaluation validation, History history, String checkpoint) {}

  public Summary(
      Path folder, int layer, int position, int trainRows, int validationRows, Program program) {
    this.file = folder.resolve("large_k_summary_layer" + layer + "_pos" + position + ".json");
    this.trainRows = trainRows;
    this.validationRows = validationRows;
    this.program = program;
  }

  public Path file() {
    return file;
  }

  /**
   * One line on the results that will be lost when the first result of this kind is added; empty if
   * there are none.
   *
   * @throws UserError if the file that is there is not one of ours
   */
  public Optional<String> replaces(Provenance provenance) {
    return existing()
        .flatMap(root -> difference(root, provenance))
        .map(
            difference ->
                file
                    + " holds results of other settings ("
                    + difference
                    + ") and will be replaced");
  }

  /**
   * Adds a result, or puts it in place of an earlier one with the same k, and writes the file.
   * Another process may add to it at the same time.
   */
  public void add(Result result) {
    FileLock.holding(file, () -> merge(result));
  }

  private void merge(Result result) {
    ObjectNode root =
        existing()
            .filter(r -> difference(r, result.provenance()).isEmpty())
            .orElseGet(JSON::createObjectNode);
    String k = String.valueOf(result.provenance().run().sae().k());
    ObjectNode published = object(root.path("results"));
    published.set(k, JSON.valueToTree(published(result)));
    ObjectNode further = object(root.path(OURS).path("results"));
    further.set(k, JSON.valueToTree(further(result)));

    ObjectNode all = JSON.createObjectNode();
    ObjectNode sorted = sortedByK(published);
    all.set("config", config(result.provenance(), sorted));
    all.set("results", sorted);
    all.set(OURS, ours(result.provenance(), sortedByK(further)));
    AtomicFile.write(file, out -> out.write(text(all).getBytes(StandardCharsets.UTF_8)));
  }

  private Optional<ObjectNode> existing() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      if (JSON.readTree(file.toFile()) instanceof ObjectNode root
          && root.path(OURS).path("settings").isObject()) {
        return Optional.of(root);
      }
    } catch (IOException e) {
      String reason =
          e instanceof JsonProcessingException j
              ? "not JSON: " + j.getOriginalMessage()
              : AtomicFile.reason(e);
      throw new UserError(
          "cannot read " + file + " (" + reason + "): remove it or choose another --output-dir", e);
    }
    throw new UserError(
        file
            + " was not written by this program and will not be replaced: choose another"
            + " --output-dir");
  }

  private static Optional<String> difference(ObjectNode root, Provenance provenance) {
    return Provenance.difference(texts(root.path(OURS).path("settings")), settings(provenance));
  }

  private static Map<String, String> texts(JsonNode object) {
    Map<String, String> texts = new LinkedHashMap<>();
    object.properties().forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
    return texts;
  }

  /** The settings that all results of one file share. */
  private static Map<String, Object> settings(Provenance provenance) {
    Map<String, Object> settings = new LinkedHashMap<>(provenance.settings());
    settings.put("epochs", provenance.run().epochs());
    return settings;
  }

  private ObjectNode config(Provenance provenance, ObjectNode results) {
    ObjectNode config = JSON.createObjectNode();
    ArrayNode ks = config.putArray("k_values");
    results.fieldNames().forEachRemaining(k -> ks.add(Integer.parseInt(k)));
    config.put("latent_dim", provenance.run().sae().dSae());
    config.put("position", provenance.position());
    config.put("layer", provenance.layer());
    config.put("input_dim", provenance.run().sae().dIn());
    config.put("train_samples", trainRows);
    config.put("val_samples", validationRows);
    return config;
  }

  private static Map<String, Object> published(Result result) {
    Map<String, Object> published = new LinkedHashMap<>();
    Map<String, Object> metrics = new LinkedHashMap<>();
    ExperimentNames.metrics(result.validation())
        .forEach((key, value) -> metrics.put(key, number(value)));
    published.put("metrics", metrics);
    Map<String, Object> history = new LinkedHashMap<>();
    ExperimentNames.history(result.history())
        .forEach((key, list) -> history.put(key, list.stream().map(Summary::number).toArray()));
    published.put("history", history);
    return published;
  }

  private Map<String, Object> further(Result result) {
    Evaluation v = result.validation();
    Map<String, Object> further = new LinkedHashMap<>();
    further.put("ev_global", number(v.evGlobal()));
    further.put("ev_per_dimension", number(v.evPerDimension()));
    further.put("ev_r2", number(v.evR2()));
    further.put("ev_mean_of_ratios", number(v.evMeanOfRatios()));
    further.put("x_variance", number(v.xVariance()));
    further.put("seconds", result.history().seconds());
    further.put("epoch_seconds", result.history().column(History.Epoch::seconds));
    further.put("checkpoint", result.checkpoint());
    further.put("version", program.version());
    further.put("java", Runtime.version().toString());
    further.put(
        "system",
        String.join(
            " ",
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch")));
    further.put("backend", result.provenance().backend());
    further.put("backend_runs_on", program.backend());
    further.put("backend_reason", program.reason());
    return further;
  }

  private ObjectNode ours(Provenance provenance, ObjectNode results) {
    ObjectNode ours = JSON.createObjectNode();
    ours.put("synthetic_data", provenance.synthetic());
    ObjectNode data = ours.putObject("data");
    data.set("train", source(provenance.train(), trainRows));
    data.set("validation", source(provenance.validation(), validationRows));
    ours.set("settings", JSON.valueToTree(settings(provenance)));
    ours.set("results", results);
    return ours;
  }

  private static ObjectNode source(Source source, int rows) {
    return JSON.createObjectNode()
        .put("source", source.description())
        .put("sha256", source.sha256())
        .put("rows", rows)
        .put("synthetic", source.synthetic());
  }

  private static ObjectNode object(JsonNode node) {
    return node instanceof ObjectNode object ? object : JSON.createObjectNode();
  }

  private static ObjectNode sortedByK(ObjectNode results) {
    List<String> ks = new ArrayList<>();
    results.fieldNames().forEachRemaining(ks::add);
    ks.sort(Comparator.comparingInt(Integer::parseInt));
    ObjectNode sorted = JSON.createObjectNode();
    ks.forEach(k -> sorted.set(k, results.get(k)));
    return sorted;
  }

  /**
   * JSON has no NaN and no infinity: an undefined figure, such as a variance explained where there
   * is none, is null.
   */
  private static Number number(Number value) {
    return Double.isFinite(value.doubleValue()) ? value : null;
  }

  private static String text(ObjectNode root) throws IOException {
    DefaultIndenter twoSpaces = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(twoSpaces).withArrayIndenter(twoSpaces);
    return JSON.writer(printer).writeValueAsString(root) + "\n";
  }
}
