package io.saenative.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A benchmark's figures as a table and as JSON.
 *
 * @param version of this program
 * @param backend name of the engine
 * @param runsOn what it says it runs on
 */
public record BenchReport(
    String version, String backend, String runsOn, Shape shape, List<Measurement> cases, Ceilings ceilings) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ROW = "%-16s %12s %12s %12s %7s %9s %9s %9s%n";

  /** Prints the heads of the columns that {@link #printRow} fills. */
  public static void printHead(PrintWriter out) {
    out.printf(ROW, "case", "median", "least", "whole call", "repeats", "clock", "GFLOP/s", "GB/s");
    out.flush();
  }

  public static void printRow(PrintWriter out, Measurement m) {
    out.printf(
        ROW,
        m.name(),
        time(m.median()),
        time(m.least()),
        m.callSeconds().isPresent() ? time(m.callSeconds().getAsDouble()) : "",
        m.repeats(),
        m.clock().name().toLowerCase(Locale.ROOT),
        m.work().flops() == 0 ? "" : number(m.flopsPerSecond() / 1e9),
        number(m.bytesPerSecond() / 1e9));
    out.flush();
  }

  /** Prints what {@link Ceilings} holds. */
  public void printCeilings(PrintWriter out) {
    ceilings.baselines().forEach(m -> printRow(out, m));
    ceilings
        .flopsPerSecond()
        .ifPresent(flops -> out.printf("%nceiling of float32 multiply-adds: %s GFLOP/s%n", number(flops / 1e9)));
    for (Measurement m : cases) {
      ceilings
          .share(m)
          .ifPresent(share -> out.printf(Locale.ROOT, "%-16s %5.1f %% of what the card reaches%n", m.name(), 100 * share));
    }
    ceilings.skipped().forEach(reason -> out.println("not measured: " + reason));
    out.flush();
  }

  /** The whole report; seconds, bytes and FLOPs without prefixes. What was not measured is null. */
  public byte[] json() {
    ObjectNode root = JSON.createObjectNode();
    root.put("version", version).put("backend", backend).put("runs_on", runsOn);
    root.put("d_in", shape.sae().dIn()).put("d_sae", shape.sae().dSae()).put("k", shape.sae().k());
    root.put("batch_size", shape.batchSize());
    root.put("train_rows", shape.trainRows()).put("validation_rows", shape.validationRows());
    ArrayNode all = root.putArray("cases");
    for (Measurement m : cases) {
      ObjectNode node = put(all.addObject(), m);
      Double copy = ceilings.copySeconds().get(m.name());
      node.put("copy_seconds", copy);
      node.put("share_of_ceiling", boxed(ceilings.share(m)));
    }
    ArrayNode baselines = root.putArray("baselines");
    ceilings.baselines().forEach(m -> put(baselines.addObject(), m));
    root.put("ceiling_flops_per_second", boxed(ceilings.flopsPerSecond()));
    ArrayNode skipped = root.putArray("not_measured");
    ceilings.skipped().forEach(skipped::add);
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode put(ObjectNode node, Measurement m) {
    node.put("name", m.name()).put("clock", m.clock().name().toLowerCase(Locale.ROOT)).put("repeats", m.repeats());
    node.put("median_seconds", m.median()).put("least_seconds", m.least()).put("call_seconds", boxed(m.callSeconds()));
    node.put("flops", m.work().flops()).put("bytes", m.work().bytes());
    return node.put("flops_per_second", m.flopsPerSecond()).put("bytes_per_second", m.bytesPerSecond());
  }

  private static Double boxed(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }

  private static String time(double seconds) {
    return String.format(Locale.ROOT, "%.1f us", seconds * 1e6);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
