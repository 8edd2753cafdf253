package io.saenative.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.data.Activations.Label;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** The calculation steps of GSM8K's training problems, with the experiment's split. */
public final class Gsm8k {
  private Gsm8k() {}

  /**
   * @param split {@code train} or {@code val}
   */
  public static List<Label> labels(String split) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    List<Label> labels = new ArrayList<>();
    for (String line : Files.readAllLines(Shared.file("data/gsm8k_cot.jsonl"))) {
      JsonNode row = mapper.readTree(line);
      if (row.get("split").asText().equals(split)) {
        JsonNode sequence = row.get("cot_sequence");
        List<String> steps =
            StreamSupport.stream(sequence.spliterator(), false).map(JsonNode::asText).toList();
        labels.add(new Label(row.get("problem_id").asText(), steps));
      }
    }
    return labels;
  }
}
