package io.saenative.analysis;

import io.saenative.UserError;
import io.saenative.analysis.Ablation.Effect;
import io.saenative.analysis.DictionaryAnalysis.Data;
import io.saenative.analysis.DictionaryAnalysis.MadeBy;
import io.saenative.analysis.DictionaryAnalysis.Sae;
import io.saenative.analysis.Intervention.Scale;
import io.saenative.analysis.Intervention.Swap;
import io.saenative.analysis.Intervention.Zero;
import io.saenative.analysis.latents.EncodingPass;
import io.saenative.analysis.latents.LatentStatistics;
import io.saenative.data.Activations;
import io.saenative.sae.Dataset;
import io.saenative.sae.Session;
import io.saenative.sae.Session.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Interventions on one SAE and what they do to its reconstruction: the content of {@code
 * ablation_layer14_pos3_k300.json}, whose keys are these names in snake case.
 *
 * @param data the rows looked at
 * @param note what these figures are not
 */
public record AblationReport(
    String format,
    Sae sae,
    MadeBy madeBy,
    Data data,
    String note,
    List<Result> results,
    List<SanityCheck> sanityChecks) {
  public static final String FORMAT = "sae-native ablation 2";

  public static final String NOTE =
      "No language model is in the loop: these figures say what latents do to the reconstruction,"
          + " not to an answer.";

  /**
   * Carries a plan out, in one pass that ranks the latents and one that intervenes.
   *
   * @param session holds the SAE's parameters
   * @param rows as the SAE sees them
   * @param onEngine the same rows, loaded by the session's engine
   * @throws UserError if the plan names a latent that there is not
   */
  public static AblationReport of(
      Session session, Activations rows, Dataset onEngine, Plan plan, Sae sae, MadeBy madeBy) {
    LatentStatistics statistics = new LatentStatistics(sae.dSae());
    EncodingPass.run(session, onEngine, List.of(statistics));
    List<Intervention> planned = plan.interventions(statistics);
    List<Intervention> all = new ArrayList<>(planned);
    int mostFrequent = statistics.ranking()[0];
    all.add(new Swap(mostFrequent, mostFrequent));
    IntStream latents = IntStream.range(0, statistics.dSae());
    OptionalInt dead = latents.filter(l -> statistics.firingCount(l) == 0).findFirst();
    dead.ifPresent(latent -> all.add(new Zero(List.of(latent))));

    Ablation ablation = new Ablation(session.state(State.PARAMETERS), rows.x(), all);
    EncodingPass.run(session, onEngine, List.of(ablation));
    List<Effect> effects = ablation.effects();
    SanityCheck swapped =
        new SanityCheck(
            "swapping latent %d with itself changes nothing".formatted(mostFrequent),
            changesNothing(effects.get(planned.size())));
    SanityCheck removed =
        dead.isEmpty()
            ? new SanityCheck(
                "removing a dead latent changes nothing: none is dead on these rows", null)
            : new SanityCheck(
                "removing the dead latent %d changes nothing".formatted(dead.getAsInt()),
                changesNothing(effects.getLast()));
    return new AblationReport(
        FORMAT,
        sae,
        madeBy,
        new Data(rows.rows(), rows.source(), null),
        NOTE,
        effects.stream().limit(planned.size()).map(effect -> result(effect, statistics)).toList(),
        List.of(swapped, removed));
  }

  private static boolean changesNothing(Effect effect) {
    return effect.rowsChanged() == 0
        && effect.difference().maxAbsDiff() == 0
        && effect.loss().change() == 0;
  }

  private static Result result(Effect effect, LatentStatistics statistics) {
    List<Latent> latents = new ArrayList<>();
    for (int latent : effect.intervention().targets()) {
      latents.add(
          new Latent(latent, statistics.frequency(latent), statistics.meanMagnitude(latent)));
    }
    return new Result(latents, effect);
  }

  /** One intervention: the latents that it changes, and what comes of it. */
  public record Result(List<Latent> latents, Effect effect) {}

  /**
   * A latent that an intervention changes.
   *
   * @param frequency share of rows on which it is active
   * @param meanMagnitude mean |value| over all rows
   */
  public record Latent(int latent, double frequency, double meanMagnitude) {}

  /**
   * Something that must change nothing.
   *
   * @param passed whether it did; null if there was nothing to try it on
   */
  public record SanityCheck(String check, @Nullable Boolean passed) {}

  /**
   * The interventions that are asked for.
   *
   * @param latents to be set to 0, each alone and then all together
   * @param top the same for so many latents, the most frequent ones
   */
  public record Plan(List<Integer> latents, int top, List<Swap> swaps, List<Scale> scales) {

    /** Refuses a plan of more latents than there are. */
    List<Intervention> interventions(LatentStatistics statistics) {
      if (top > statistics.dSae()) {
        throw new UserError(
            "there are no %d latents, only %d: choose a smaller --top"
                .formatted(top, statistics.dSae()));
      }
      List<Integer> zeroed = new ArrayList<>(latents);
      Arrays.stream(statistics.ranking())
          .limit(top)
          .filter(latent -> !latents.contains(latent))
          .forEach(zeroed::add);
      List<Intervention> all = new ArrayList<>();
      zeroed.forEach(latent -> all.add(new Zero(List.of(latent))));
      if (zeroed.size() > 1) {
        all.add(new Zero(List.copyOf(zeroed)));
      }
      all.addAll(swaps);
      all.addAll(scales);
      return all;
    }
  }
}
