package io.saenative.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains and analyses one SAE for each K. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    customSynopsis = "sae-native [run] --k K... [OPTION...]",
    description =
        "Trains one SAE for each K, evaluates it on the validation rows, saves and analyses it.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sae-native run --k 300",
      "  sae-native run --k 100 200 300 --train-data train.pt --val-data val.pt --layer 14"
          + " --position 3",
      "  sae-native run --k 64 --select relu --pre-bias --train-data a.npy --val-data b.npy"
          + " --output-dir results/mine",
      "  sae-native run --k 300 --resume",
      "%nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (go on with --resume)."
    })
final class RunCommand implements Callable<Integer> {
  @Mixin private RunOptions options;
  @Mixin private AnalysisOptions analysis;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    options
        .mistake()
        .or(analysis::mistake)
        .ifPresent(
            mistake -> {
              throw new ParameterException(spec.commandLine(), mistake);
            });
    try {
      Experiment experiment = Experiment.prepare(options, analysis, spec.commandLine().getOut());
      try (Interruption interruption = new Interruption(spec.commandLine().getErr())) {
        return experiment.run(interruption) ? 0 : SaeNative.INTERRUPTED;
      }
    } catch (OutOfMemoryError e) {
      throw Failures.outOfMemory(e, " or choose a smaller --latent-dim");
    }
  }
}
