package io.saenative.data.synthetic;

import static java.util.stream.Collectors.collectingAndThen;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.saenative.data.SplitMix64;
import io.saenative.data.synthetic.Calculation.Form;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Counts and shares of GSM8K's calculation steps, which the generated chains follow. What each
 * table says stands beside its numbers, in the resource gsm8k_tables.tsv; how they were measured:
 * docs/synthetic-data.md.
 */
final class Gsm8kTables {
  private static final Map<String, Table> TABLES = read();

  static final Table STEP_COUNT = table("step_count", "-");

  /** Outcomes of tables of forms are in the order of {@link Form}. */
  static final Table ONLY_FORM = table("form", "only");

  static final Table FIRST_FORM = table("form", "first");

  /** By the form of the step before. */
  static final Map<Form, Table> NEXT_FORM = byForm("form", "next after ", Form.values());

  /** By the form of the step before. */
  static final Map<Form, Table> LAST_FORM = byForm("form", "last after ", Form.values());

  /** Outcome 0 is two operands. */
  static final Map<Form, Table> MORE_OPERANDS = byForm("more_operands", "", Form.BINARY);

  /** Outcome 3a + b: a is the source of the first operand, b of the second. */
  static final Map<Form, Table> OPERAND_SOURCES = byForm("operand_sources", "", Form.BINARY);

  static final Table FURTHER_SOURCE = table("source", "further");
  static final Table WHOLE_SOURCE = table("source", "whole");

  /** Outcome 0 is a result. */
  static final Table RECALLED = table("recalled", "-");

  static final Table FRACTION = table("fraction", "-");

  /** Outcome 0 is p/q*x. */
  static final Table FRACTION_FORM = table("fraction_form", "-");

  static final Table DECIMAL = table("decimal", "-");

  private Gsm8kTables() {}

  /**
   * Outcomes and how often they are drawn.
   *
   * @param outcomes as the file spells them
   * @param cumulative sums of the shares up to each outcome; the last is their total
   */
  record Table(List<String> outcomes, double[] cumulative) {
    /** The number of an outcome, counted from 0. */
    int draw(SplitMix64 random) {
      double u = random.nextDouble() * cumulative[cumulative.length - 1];
      int i = 0;
      while (cumulative[i] < u) {
        i++;
      }
      return i;
    }
  }

  /** The table of a name and a case. */
  static Table table(String name, String of) {
    return Objects.requireNonNull(TABLES.get(name + "\t" + of));
  }

  /** The one among these tables that is of a form. */
  static Table table(Map<Form, Table> tables, Form form) {
    return Objects.requireNonNull(tables.get(form));
  }

  private static Map<Form, Table> byForm(String name, String prefix, Form... forms) {
    Map<Form, Table> tables = new EnumMap<>(Form.class);
    for (Form form : forms) {
      tables.put(form, table(name, prefix + form));
    }
    return tables;
  }

  /** Each line holds table, case, outcome and share; those that begin with # say what. */
  private static Map<String, Table> read() {
    try (InputStream in =
        Objects.requireNonNull(Gsm8kTables.class.getResourceAsStream("gsm8k_tables.tsv"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t"))
          .collect(
              groupingBy(f -> f[0] + "\t" + f[1], collectingAndThen(toList(), Gsm8kTables::table)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Table table(List<String[]> rows) {
    double[] cumulative = new double[rows.size()];
    double sum = 0;
    for (int i = 0; i < cumulative.length; i++) {
      sum += Double.parseDouble(rows.get(i)[3]);
      cumulative[i] = sum;
    }
    return new Table(rows.stream().map(row -> row[2]).toList(), cumulative);
  }
}
