package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.saenative.data.Site;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * The folder of a run that names none tells its data, its site, and what is not the experiment's.
 */
class RunOptionsTest {
  private static final Optional<Site> SITE = Optional.of(new Site(14, 3));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--k 300                                        | synthetic_layer14_pos3",
        "--k 100 200 --backend cpu --threads 1          | synthetic_layer14_pos3",
        "--k 1 --seed 1                                 | synthetic_layer14_pos3_seed1",
        "--k 1 --epochs 2 --lr 0.01 --batch-size 8      |"
            + " synthetic_layer14_pos3_epochs2_batch8_lr0.01",
        "--k 1 --latent-dim 1024 --select relu          |" + " synthetic_layer14_pos3_d1024_relu",
        "--k 1 --pre-bias --input-scale unit-norm       |"
            + " synthetic_layer14_pos3_pre-bias_unit-norm",
        "--k 1 --precision bf16x3                       | synthetic_layer14_pos3_precision-bf16x3",
        "--k 1 --q 0.01 --permutations 0                |"
            + " synthetic_layer14_pos3_q0.01_permutations0",
        "--k 1 --train-data a/b.c.pt --val-data v.pt    | b.c_layer14_pos3",
      })
  void theFolderIsNamedForDataAndSettings(String arguments, String name) {
    assertEquals(Path.of("results", name), folder(arguments, SITE));
  }

  @ParameterizedTest
  @CsvSource({"--k 300 --no-analysis, synthetic", "--k 3 --seed 2, synthetic_seed2"})
  void noSiteIsInItsNameThatTheDataDoNotState(String arguments, String name) {
    assertEquals(Path.of("results", name), folder(arguments, Optional.empty()));
  }

  private static Path folder(String arguments, Optional<Site> site) {
    Options options = new Options();
    new CommandLine(options)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(arguments.split(" +"));
    return options.run.config(options.analysis, "").defaultFolder(site);
  }

  @Command
  private static final class Options {
    @Mixin private RunOptions run;
    @Mixin private AnalysisOptions analysis;
  }
}
