package io.saenative.report.html;

import io.saenative.run.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * The command that gives the results of a summary, put together from the settings that it records.
 */
final class Command {
  private Command() {}

  static String of(Fields summary) {
    Fields config = summary.at("config");
    Fields ours = summary.at("sae_native");
    Fields settings = ours.at("settings");
    List<String> words = new ArrayList<>(List.of("sae-native", "run", "--k"));
    StreamSupport.stream(config.at("k_values").node().spliterator(), false)
        .forEach(k -> words.add(k.asText()));
    if (!ours.flag("synthetic_data")) {
      words.addAll(List.of("--train-data", quoted(ours.at("data", "train").text("source"))));
      words.addAll(List.of("--val-data", quoted(ours.at("data", "validation").text("source"))));
    }
    words.addAll(
        List.of("--layer", value(config, "layer"), "--position", value(config, "position")));
    words.addAll(
        List.of(
            "--latent-dim", value(config, "latent_dim"), "--epochs", value(settings, "epochs")));
    words.addAll(
        List.of("--batch-size", value(settings, "batch_size"), "--lr", value(settings, "lr")));
    words.addAll(
        List.of("--seed", value(settings, "seed"), "--select", value(settings, "selection")));
    if (settings.flag("pre_bias")) {
      words.add("--pre-bias");
    }
    words.addAll(
        List.of(
            "--input-scale",
            value(settings, "input_scale"),
            "--backend",
            value(settings, "backend")));
    if (settings.has("precision")) {
      words.addAll(List.of("--precision", value(settings, "precision")));
    }
    return String.join(" ", words);
  }

  private static String value(Fields fields, String name) {
    return fields.at(name).node().asText();
  }

  private static String quoted(String word) {
    return word.matches("[\\w./:@%+=,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
