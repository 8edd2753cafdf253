package io.saenative.cli;

import io.saenative.analysis.Ablation.Effect;
import io.saenative.analysis.AblationReport;
import io.saenative.analysis.AblationReport.Latent;
import io.saenative.analysis.AblationReport.Plan;
import io.saenative.analysis.AblationReport.SanityCheck;
import io.saenative.analysis.Intervention;
import io.saenative.run.LoadedSae;
import io.saenative.run.ResultFiles;
import io.saenative.sae.Dataset;
import io.saenative.sae.Session;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Measures what latents do to the reconstruction. */
@Command(
    name = "ablate",
    customSynopsis = "sae-native ablate --checkpoint FILE [--val-data FILE] [OPTION...]",
    description = "Removes, swaps or scales latents and measures how the reconstruction changes.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sae-native ablate --checkpoint pos3_layer14_d512_k300.safetensors",
      "  sae-native ablate --checkpoint sae.pt --val-data val.pt \\",
      "      --latents 332,194 --swap 332,194 --scale 332=2",
      "%nFormulas: docs/metrics.md."
    })
final class AblateCommand extends Task {
  private static final int DEFAULT_TOP = 10;

  private static final String HEADER = "%-18s %7s %7s %8s %7s %7s %8s %9s%n";
  private static final String LINE = "%-18s %7s %7d %8.5f %7.3f %6.2f%% %8.3f %9.6f%n";

  @Mixin private CheckpointOptions checkpoint;

  @Section.Begins(Section.ANALYSIS)
  @Option(
      names = "--latents",
      arity = "1..*",
      parameterConsumer = Arguments.Values.class,
      hideParamSyntax = true,
      paramLabel = "A,B...",
      description = "Latents to remove, each alone and then all together.")
  private List<Integer> latents = List.of();

  @Option(
      names = "--top",
      paramLabel = "N",
      description =
          "Remove the N most frequent latents instead ("
              + DEFAULT_TOP
              + " if nothing else is asked for).")
  private @Nullable Integer top;

  @Option(
      names = "--swap",
      paramLabel = "A,B",
      converter = SwapConverter.class,
      description = "Exchange the values of two latents; may be given several times.")
  private List<Intervention.Swap> swaps = List.of();

  @Option(
      names = "--scale",
      paramLabel = "LATENT=X",
      converter = ScaleConverter.class,
      description = "Multiply a latent; may be given several times.")
  private List<Intervention.Scale> scales = List.of();

  @Override
  Optional<String> mistake() {
    if (top != null && top < 1) {
      return Optional.of("--top must be at least 1, not " + top);
    }
    return top != null && !latents.isEmpty()
        ? Optional.of("--latents and --top both say which latents to remove: give one of them")
        : checkpoint.mistake();
  }

  @Override
  int run(Console console) {
    LoadedSae loaded = LoadedSae.load(checkpoint.request(null));
    Plan plan = new Plan(latents, top(loaded.sae().config().dSae()), swaps, scales);
    AblationReport report;
    try (Dataset rows = loaded.backend().engine().load(loaded.data().validation().x());
        Session session = loaded.open()) {
      report =
          AblationReport.of(
              session,
              loaded.data().validation(),
              rows,
              plan,
              loaded.subject(),
              loaded.backend().madeBy(Version.text()));
    }
    CheckpointOptions.print(console.out(), loaded);
    print(console.out(), report);
    Path file = ResultFiles.write(loaded.folder(), report);
    console.json(file);
    console.finding(finding(report) + ": numbers in " + file);
    return DONE;
  }

  private int top(int dSae) {
    if (top != null) {
      return top;
    }
    return latents.isEmpty() && swaps.isEmpty() && scales.isEmpty()
        ? Math.min(DEFAULT_TOP, dSae)
        : 0;
  }

  private static void print(PrintWriter out, AblationReport report) {
    out.println();
    out.printf(
        HEADER,
        "intervention",
        "freq.",
        "changed",
        "mean |d|",
        "mean L2",
        "rel.",
        "EV pts",
        "loss");
    for (AblationReport.Result result : report.results()) {
      Effect e = result.effect();
      out.printf(
          LINE,
          name(e.intervention()),
          frequency(result.latents()),
          e.rowsChanged(),
          e.difference().meanAbsDiff(),
          e.difference().meanL2Diff(),
          100 * e.difference().relativeChange(),
          100 * e.evGlobal().change(),
          e.loss().change());
    }
    Effect any = report.results().getFirst().effect();
    out.printf(
        "on %s, d = changed - unchanged reconstruction; changed: rows on which the code"
            + " changes; EV and loss are changes from %.2f %% and %.6f%n",
        Console.count(
            report.data().rows(), report.data().validation().synthetic() ? "SYNTHETIC row" : "row"),
        100 * any.evGlobal().before(),
        any.loss().before());
    report.sanityChecks().forEach(check -> out.println("check: " + check.check() + verdict(check)));
    out.println(report.note());
  }

  private static String finding(AblationReport report) {
    if (report.sanityChecks().stream().anyMatch(check -> Boolean.FALSE.equals(check.passed()))) {
      return "a check FAILED, so these figures cannot be trusted";
    }
    Effect most =
        report.results().stream()
            .map(AblationReport.Result::effect)
            .max(Comparator.comparingDouble(effect -> effect.loss().change()))
            .orElseThrow();
    return "to %s costs most: EV %+.2f points from %.2f %%"
        .formatted(
            name(most.intervention()),
            100 * most.evGlobal().change(),
            100 * most.evGlobal().before());
  }

  private static String verdict(SanityCheck check) {
    return check.passed() == null
        ? ""
        : check.passed() ? ": true" : ": FALSE, so these figures cannot be trusted";
  }

  private static String name(Intervention intervention) {
    return switch (intervention) {
      case Intervention.Zero(var latents) when latents.size() > 1 -> "remove all " + latents.size();
      case Intervention.Zero(var latents) -> "remove " + latents.getFirst();
      case Intervention.Swap(int a, int b) -> "swap " + a + " and " + b;
      case Intervention.Scale(int latent, double factor) -> "scale " + latent + " by " + factor;
    };
  }

  private static String frequency(List<Latent> latents) {
    return latents.size() == 1 ? "%.2f%%".formatted(100 * latents.getFirst().frequency()) : "";
  }

  private static Matcher match(Pattern pattern, String text, String expected) {
    Matcher m = pattern.matcher(text);
    if (!m.matches()) {
      throw new TypeConversionException("expected %s but was '%s'".formatted(expected, text));
    }
    return m;
  }

  /** Two latents with a comma between them. */
  static final class SwapConverter implements ITypeConverter<Intervention.Swap> {
    private static final Pattern SWAP = Pattern.compile("(\\d{1,9}),(\\d{1,9})");

    @Override
    public Intervention.Swap convert(String text) {
      Matcher m = match(SWAP, text, "two latents such as 332,194");
      return new Intervention.Swap(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)));
    }
  }

  /** A latent and a finite factor with an equals sign between them. */
  static final class ScaleConverter implements ITypeConverter<Intervention.Scale> {
    private static final Pattern SCALE =
        Pattern.compile("(\\d{1,9})=([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d{1,2})?)");

    @Override
    public Intervention.Scale convert(String text) {
      Matcher m = match(SCALE, text, "a latent and a factor such as 332=2.5");
      return new Intervention.Scale(Integer.parseInt(m.group(1)), Double.parseDouble(m.group(2)));
    }
  }
}
