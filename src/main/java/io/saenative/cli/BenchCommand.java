package io.saenative.cli;

import io.saenative.bench.BenchReport;
import io.saenative.bench.Ceilings;
import io.saenative.bench.KernelBenchmark;
import io.saenative.bench.Measurement;
import io.saenative.bench.Shape;
import io.saenative.checkpoint.AtomicFile;
import io.saenative.engine.Backends;
import io.saenative.model.SaeConfig;
import io.saenative.model.Selection;
import io.saenative.model.UserError;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Times the kernels of a backend. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = {
      "Times every kernel call, the training step and the evaluation of a backend on random data. The defaults are the shape"
          + " of the Large K experiment.",
      "Rates count the arithmetic and the bytes that the mathematics cannot avoid. On the cuda backend times are the device's"
          + " own, and are held against what the card reaches in plain copies, plain multiply-adds and cuBLAS."
    },
    footerHeading = "%nExample:%n",
    footer = "  sae-native bench --backend cpu --k 100 --json bench.json")
final class BenchCommand implements Callable<Integer> {
  @Mixin private BackendOptions backend;

  @Option(names = "--d-in", defaultValue = "2048", paramLabel = "N", description = "Width of the input (${DEFAULT-VALUE}).")
  private int dIn;

  @Option(names = "--d-sae", defaultValue = "512", paramLabel = "N", description = "Latents (${DEFAULT-VALUE}).")
  private int dSae;

  @Option(names = "--k", defaultValue = "100", paramLabel = "K", description = "Active latents a row (${DEFAULT-VALUE}).")
  private int k;

  @Option(names = "--batch-size", defaultValue = "256", paramLabel = "N", description = "Rows of a step (${DEFAULT-VALUE}).")
  private int batchSize;

  @Option(names = "--train-rows", defaultValue = "5978", paramLabel = "N", description = "Of an epoch (${DEFAULT-VALUE}).")
  private int trainRows;

  @Option(names = "--val-rows", defaultValue = "1495", paramLabel = "N", description = "Of an evaluation (${DEFAULT-VALUE}).")
  private int validationRows;

  @Option(
      names = "--repeats",
      defaultValue = "50",
      paramLabel = "N",
      description = "How often each case is timed; fewer, but at least 3 times, where that takes long (${DEFAULT-VALUE}).")
  private int repeats;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file too.")
  private Path json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (batchSize < 1 || trainRows < 1 || validationRows < 1 || repeats < 1) {
      throw new ParameterException(
          spec.commandLine(), "--batch-size, --train-rows, --val-rows and --repeats must be at least 1");
    }
    if (json != null && !Files.isDirectory(json.toAbsolutePath().getParent())) {
      throw new UserError("cannot write " + json + ": its folder does not exist");
    }
    SaeConfig sae = new SaeConfig(dIn, dSae, k, Selection.ABS, false);
    Shape shape = new Shape(sae, batchSize, trainRows, validationRows);
    Backends.Choice choice = backend.choose();
    PrintWriter out = spec.commandLine().getOut();
    out.printf("backend: %s (%s), %s%n", choice.engine().name(), choice.engine().describe(), choice.reason());
    out.printf(
        "d_in %d, d_sae %d, k %d, batches of %d; epoch of %d rows, evaluation of %d%n%n",
        dIn, dSae, k, batchSize, trainRows, validationRows);
    BenchReport.printHead(out);
    List<Measurement> cases = new ArrayList<>();
    KernelBenchmark.run(
        choice.engine(),
        shape,
        repeats,
        m -> {
          cases.add(m);
          BenchReport.printRow(out, m);
        });
    Ceilings ceilings =
        choice.engine().name().equals("cuda")
            ? Ceilings.measure(shape, cases, repeats)
            : Ceilings.none("ceilings: only those of a GPU are measured");
    BenchReport report =
        new BenchReport(Version.text(), choice.engine().name(), choice.engine().describe(), shape, cases, ceilings);
    report.printCeilings(out);
    if (json != null) {
      AtomicFile.write(json, stream -> stream.write(report.json()));
      out.println("figures in " + json);
    }
    return 0;
  }
}
