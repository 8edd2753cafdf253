package io.saenative.cli;

import io.saenative.bench.BenchReport;
import io.saenative.bench.Ceilings;
import io.saenative.bench.KernelBenchmark;
import io.saenative.bench.KernelBenchmark.Sizes;
import io.saenative.bench.Measurement;
import io.saenative.run.Backends;
import io.saenative.run.ExperimentConfig.Compute;
import io.saenative.sae.Engine;
import io.saenative.sae.Precision;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Times the kernels of a backend. */
@Command(
    name = "bench",
    customSynopsis = "sae-native bench [OPTION...]",
    description = {
      "Times every kernel call, the training step and the evaluation of a backend on random data."
          + " The defaults are the shape of the Large K experiment.",
      "Rates count the arithmetic and the bytes that the mathematics cannot avoid. On the cuda"
          + " backend times are the device's own, and are held against what the card reaches in"
          + " plain copies, plain multiply-adds and cuBLAS."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sae-native bench --backend cpu --k 100 --json >bench.json",
      "  sae-native bench --backend cuda --k 100 200 300 \\",
      "      --precision fp32 bf16x3 bf16"
    })
final class BenchCommand extends Task {
  @Mixin private EngineOptions backend;

  @Section.Begins(Section.MODEL)
  @Option(
      names = "--d-in",
      defaultValue = "2048",
      paramLabel = "N",
      description = "Width of the input (${DEFAULT-VALUE}).")
  private int dIn;

  @Option(
      names = "--d-sae",
      defaultValue = "512",
      paramLabel = "N",
      description = "Latents (${DEFAULT-VALUE}).")
  private int dSae;

  @Option(
      names = {"-k", "--k"},
      arity = "1..*",
      parameterConsumer = Arguments.Values.class,
      hideParamSyntax = true,
      paramLabel = "K",
      description =
          "Active latents a row; all is timed for each: --k 100 200 300 or --k 100,200,300"
              + " (100).")
  private List<Integer> ks = List.of(100);

  @Section.Begins(Section.COMPUTE)
  @Option(
      names = "--precision",
      arity = "1..*",
      parameterConsumer = Arguments.Values.class,
      hideParamSyntax = true,
      paramLabel = "HOW",
      description =
          "How dense matrices are multiplied; all is timed in each: fp32; on the cuda backend also"
              + " bf16x3, bf16 (fp32).")
  private List<Precision> precisions = List.of(Precision.FP32);

  @Section.Begins(Section.TRAINING)
  @Option(
      names = "--batch-size",
      defaultValue = "256",
      paramLabel = "N",
      description = "Rows of a step (${DEFAULT-VALUE}).")
  private int batchSize;

  @Option(
      names = "--train-rows",
      defaultValue = "5978",
      paramLabel = "N",
      description = "Of an epoch (${DEFAULT-VALUE}).")
  private int trainRows;

  @Option(
      names = "--val-rows",
      defaultValue = "1495",
      paramLabel = "N",
      description = "Of an evaluation (${DEFAULT-VALUE}).")
  private int validationRows;

  @Option(
      names = "--repeats",
      defaultValue = "50",
      paramLabel = "N",
      description =
          "How often each case is timed; fewer, but at least 3 times, where that takes long"
              + " (${DEFAULT-VALUE}).")
  private int repeats;

  @Override
  int run(Console console) {
    // A precision that cannot be had here is refused before anything is timed.
    List<Backends.Choice> choices =
        precisions.stream().map(backend::compute).map(Compute::choose).toList();
    Backends.Choice any = choices.getFirst();
    PrintWriter out = console.out();
    out.printf("backend  %s: %s%n", any.engine().name(), any.engine().describe());
    out.printf(
        "shape    d_in %d, d_sae %d, batches of %d; epoch of %s, evaluation of %d%n",
        dIn, dSae, batchSize, Console.count(trainRows, "row"), validationRows);
    List<BenchReport.Run> runs = new ArrayList<>();
    for (Backends.Choice choice : choices) {
      for (int k : ks) {
        runs.add(time(out, choice.engine(), k));
      }
    }
    BenchReport report =
        new BenchReport(Version.text(), any.engine().name(), any.engine().describe(), runs);
    report.printNotMeasured(out);
    console.json(report.json());
    console.finding(finding(runs, any));
    return DONE;
  }

  private String finding(List<BenchReport.Run> runs, Backends.Choice any) {
    Stream<String> steps =
        runs.stream()
            .map(
                run ->
                    "%.3g ms (K = %d, %s)"
                        .formatted(
                            1e3 * run.median("train_step"),
                            run.sizes().sae().k(),
                            run.precision()));
    return "a training step on %s takes %s"
        .formatted(any.engine().name(), steps.collect(Collectors.joining(", ")));
  }

  @Override
  Optional<String> mistake() {
    if (IntStream.of(dIn, dSae, batchSize, trainRows, validationRows, repeats).min().orElseThrow()
        < 1) {
      return Optional.of(
          "--d-in, --d-sae, --batch-size, --train-rows, --val-rows and --repeats must be at least"
              + " 1");
    }
    return ks.stream()
        .filter(k -> k < 1 || k > dSae)
        .findFirst()
        .map(k -> "--k must be from 1 to --d-sae, " + dSae + ", not " + k);
  }

  /** Times all cases and prints them as they end. */
  private BenchReport.Run time(PrintWriter out, Engine engine, int k) {
    SaeConfig sae = new SaeConfig(dIn, dSae, k, Selection.ABS, false);
    Sizes sizes = new Sizes(sae, batchSize, trainRows, validationRows);
    BenchReport.printHead(out, engine.precision(), k);
    List<Measurement> cases = new ArrayList<>();
    KernelBenchmark.run(
        engine,
        sizes,
        repeats,
        m -> {
          cases.add(m);
          BenchReport.printRow(out, m);
        });
    Ceilings ceilings =
        engine.name().equals("cuda")
            ? Ceilings.measure(sizes, cases, repeats)
            : Ceilings.none("ceilings: only those of a GPU are measured");
    BenchReport.Run run = new BenchReport.Run(engine.precision(), sizes, cases, ceilings);
    BenchReport.printCeilings(out, run);
    return run;
  }
}
