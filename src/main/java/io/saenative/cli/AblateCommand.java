package io.saenative.cli;

import io.saenative.analysis.AblationReport;
import io.saenative.analysis.AblationReport.Plan;
import io.saenative.analysis.DictionaryAnalysis.MadeBy;
import io.saenative.analysis.Intervention;
import io.saenative.run.AnalysisFile;
import io.saenative.run.LoadedSae;
import io.saenative.sae.Dataset;
import io.saenative.sae.Session;
import java.io.PrintWriter;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Measures what latents do to the reconstruction. */
@Command(
    name = "ablate",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    customSynopsis =
        "sae-native ablate --checkpoint FILE [--val-data FILE] [--latents A,B...|--top N]"
            + " [OPTION...]",
    description = "Removes, swaps or scales latents and measures how the reconstruction changes.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sae-native ablate --checkpoint"
          + " results/layer14_pos3/checkpoints/pos3_layer14_d512_k300.safetensors",
      "  sae-native ablate --checkpoint sae.pt --val-data val.pt --latents 332,194 --swap 332,194"
          + " --scale 332=2",
      "%nFormulas: docs/metrics.md."
    })
final class AblateCommand extends CheckpointCommand {
  private static final int DEFAULT_TOP = 10;

  @Option(
      names = "--latents",
      split = ",",
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
  private Integer top;

  @Option(
      names = "--swap",
      paramLabel = "A,B",
      converter = SwapConverter.class,
      description = "Exchange the values of two latents; may be given several times.")
  private List<Intervention.Swap> swaps = List.of();

  @Option(
      names = "--scale",
      paramLabel = "LATENT=FACTOR",
      converter = ScaleConverter.class,
      description = "Multiply a latent; may be given several times.")
  private List<Intervention.Scale> scales = List.of();

  @Override
  Optional<String> mistake(CheckpointOptions options) {
    if (top != null && top < 1) {
      return Optional.of("--top must be at least 1, not " + top);
    }
    return top != null && !latents.isEmpty()
        ? Optional.of("--latents and --top both say which latents to remove: give one of them")
        : Optional.empty();
  }

  @Override
  void look(CheckpointOptions options, PrintWriter out) {
    LoadedSae loaded = LoadedSae.load(options.request(null));
    Plan plan =
        new Plan(
            latents.stream().distinct().toList(), top(loaded.sae().config().dSae()), swaps, scales);
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
              new MadeBy(Version.text(), loaded.backend().describe(), LocalDate.now().toString()));
    }
    print(out, loaded);
    AblationTable.print(out, report);
    out.println("figures in " + AnalysisFile.write(loaded.folder(), report));
  }

  private int top(int dSae) {
    if (top != null) {
      return top;
    }
    return latents.isEmpty() && swaps.isEmpty() && scales.isEmpty()
        ? Math.min(DEFAULT_TOP, dSae)
        : 0;
  }

  /** Two latents with a comma between them. */
  static final class SwapConverter implements ITypeConverter<Intervention.Swap> {
    private static final Pattern SWAP = Pattern.compile("(\\d{1,9}),(\\d{1,9})");

    @Override
    public Intervention.Swap convert(String text) {
      Matcher m = SWAP.matcher(text);
      if (!m.matches()) {
        throw new TypeConversionException(
            "expected two latents such as 332,194 but was '" + text + "'");
      }
      return new Intervention.Swap(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)));
    }
  }

  /** A latent and a finite factor with an equals sign between them. */
  static final class ScaleConverter implements ITypeConverter<Intervention.Scale> {
    private static final Pattern SCALE =
        Pattern.compile("(\\d{1,9})=([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d{1,2})?)");

    @Override
    public Intervention.Scale convert(String text) {
      Matcher m = SCALE.matcher(text);
      if (!m.matches()) {
        throw new TypeConversionException(
            "expected a latent and a factor such as 332=2.5 but was '" + text + "'");
      }
      return new Intervention.Scale(Integer.parseInt(m.group(1)), Double.parseDouble(m.group(2)));
    }
  }
}
