package io.saenative.analysis;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.saenative.analysis.latents.EncodingPass.ActiveLatents;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A change of a row's code. In JSON its {@code kind} is {@code zero}, {@code swap} or {@code
 * scale}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Intervention.Zero.class, name = "zero"),
  @JsonSubTypes.Type(value = Intervention.Swap.class, name = "swap"),
  @JsonSubTypes.Type(value = Intervention.Scale.class, name = "scale")
})
public sealed interface Intervention {
  /** Sets latents to 0. */
  record Zero(List<Integer> latents) implements Intervention {}

  /** Exchanges the values of two latents; one that is not active has the value 0. */
  record Swap(int latentA, int latentB) implements Intervention {}

  /** Multiplies a latent. */
  record Scale(int latent, double factor) implements Intervention {}

  /** The latents whose values it changes. */
  default List<Integer> targets() {
    return switch (this) {
      case Zero zero -> zero.latents();
      case Swap swap -> List.of(swap.latentA(), swap.latentB());
      case Scale scale -> List.of(scale.latent());
    };
  }

  /**
   * By how much the value of each changed latent grows on a row; latents whose value stays are
   * absent.
   */
  default Map<Integer, Double> changes(ActiveLatents row) {
    Map<Integer, Double> changes = new HashMap<>();
    switch (this) {
      case Zero zero -> zero.latents().forEach(latent -> changes.put(latent, -value(row, latent)));
      case Swap swap -> {
        double difference = value(row, swap.latentB()) - value(row, swap.latentA());
        changes.put(swap.latentA(), difference);
        changes.put(swap.latentB(), swap.latentA() == swap.latentB() ? 0 : -difference);
      }
      case Scale scale ->
          changes.put(scale.latent(), (scale.factor() - 1) * value(row, scale.latent()));
    }
    changes.values().removeIf(change -> change == 0);
    return changes;
  }

  private static double value(ActiveLatents row, int latent) {
    int i = Arrays.binarySearch(row.latents(), latent);
    return i < 0 ? 0 : row.values()[i];
  }
}
