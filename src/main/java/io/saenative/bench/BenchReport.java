package io.saenative.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.saenative.bench.KernelBenchmark.Sizes;
import io.saenative.sae.Precision;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A benchmark's figures as tables and as JSON.
 *
 * @param version of this program
 * @param backend name of the engines
 * @param runsOn what they say they run on
 * @param runs in the order in which they were timed, at least one; their sizes differ in K alone
 */
public record BenchReport(String version, String backend, String runsOn, List<Run> runs) {
  /** All cases in one precision and with one K. */
  public record Run(Precision precision, Sizes sizes, List<Measurement> cases, Ceilings ceilings) {
    /** Median seconds of one of the cases. */
    public double median(String name) {
      return cases.stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow().median();
    }
  }

  private static final String ROW = "%-14s %11s %10s %10s %7s %6s %8s %7s%n";

  /** Prints whose table follows, and the heads of the columns that {@link #printRow} fills. */
  public static void printHead(PrintWriter out, Precision precision, int k) {
    out.printf("%n%s, k %d%n", precision, k);
    out.printf(
        ROW, "case", "median us", "least us", "whole us", "repeats", "clock", "GFLOP/s", "GB/s");
    out.flush();
  }

  public static void printRow(PrintWriter out, Measurement m) {
    out.printf(
        ROW,
        m.name(),
        number(1e6 * m.median()),
        number(1e6 * m.least()),
        m.callSeconds().isPresent() ? number(1e6 * m.callSeconds().getAsDouble()) : "",
        m.repeats(),
        m.clock().name().toLowerCase(Locale.ROOT),
        m.work().flops() == 0 ? "" : number(m.flopsPerSecond() / 1e9),
        number(m.bytesPerSecond() / 1e9));
    out.flush();
  }

  /** Prints what the cases of a run are held against, after their rows. */
  public static void printCeilings(PrintWriter out, Run run) {
    run.ceilings.baselines().forEach(m -> printRow(out, m));
    OptionalDouble flops = run.ceilings.flopsPerSecond();
    flops.ifPresent(f -> out.printf("ceiling of float32 multiply-adds: %.1f GFLOP/s%n", f / 1e9));
    String line = "%-14s %5.1f %% of what the card reaches%n";
    for (Measurement m : run.cases) {
      run.ceilings.share(m).ifPresent(share -> out.printf(line, m.name(), 100 * share));
    }
    out.flush();
  }

  /** Prints, after the last run, what was not measured in any of them. */
  public void printNotMeasured(PrintWriter out) {
    out.println();
    notMeasured().forEach(reason -> out.println("not measured: " + reason));
    out.flush();
  }

  /** The whole report; seconds, bytes and FLOPs without prefixes. What was not measured is null. */
  public String json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    Sizes any = runs.getFirst().sizes;
    root.put("version", version).put("backend", backend).put("runs_on", runsOn);
    root.put("d_in", any.sae().dIn())
        .put("d_sae", any.sae().dSae())
        .put("batch_size", any.batchSize());
    root.put("train_rows", any.trainRows()).put("validation_rows", any.validationRows());
    notMeasured().forEach(root.putArray("not_measured")::add);
    ArrayNode all = root.putArray("runs");
    runs.forEach(run -> put(all.addObject(), run));
    return root.toPrettyString();
  }

  private List<String> notMeasured() {
    return runs.stream().flatMap(run -> run.ceilings.skipped().stream()).distinct().toList();
  }

  private static void put(ObjectNode node, Run run) {
    node.put("precision", run.precision.toString()).put("k", run.sizes.sae().k());
    node.put("ceiling_flops_per_second", boxed(run.ceilings.flopsPerSecond()));
    ArrayNode cases = node.putArray("cases");
    for (Measurement m : run.cases) {
      put(cases.addObject(), m)
          .put("copy_seconds", run.ceilings.copySeconds().get(m.name()))
          .put("share_of_ceiling", boxed(run.ceilings.share(m)));
    }
    ArrayNode baselines = node.putArray("baselines");
    run.ceilings.baselines().forEach(m -> put(baselines.addObject(), m));
  }

  private static ObjectNode put(ObjectNode node, Measurement m) {
    node.put("name", m.name())
        .put("clock", m.clock().name().toLowerCase(Locale.ROOT))
        .put("repeats", m.repeats());
    node.put("median_seconds", m.median())
        .put("least_seconds", m.least())
        .put("call_seconds", boxed(m.callSeconds()));
    node.put("flops", m.work().flops()).put("bytes", m.work().bytes());
    return node.put("flops_per_second", m.flopsPerSecond())
        .put("bytes_per_second", m.bytesPerSecond());
  }

  private static @Nullable Double boxed(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }

  private static String number(double value) {
    return "%.1f".formatted(value);
  }
}
