package io.saenative.data.synthetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.data.SplitMix64;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The generated chains against GSM8K's own, in percentage points. The bounds hold what the model
 * leaves out: it knows only the step before, and it draws numbers again that do not come out.
 */
class Gsm8kComparisonTest {
  private static Statistics generated;
  private static Statistics gsm8k;

  @BeforeAll
  static void read() throws IOException {
    Path file = Path.of(System.getProperty("sae.shared", "../shared"), "data", "gsm8k_cot.jsonl");
    assumeTrue(Files.exists(file), "needs " + file);
    ObjectMapper json = new ObjectMapper();
    List<List<String>> problems = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      JsonNode steps = json.readTree(line).get("cot_sequence");
      problems.add(StreamSupport.stream(steps.spliterator(), false).map(JsonNode::asText).toList());
    }
    gsm8k = new Statistics(problems);
    generated =
        new Statistics(
            IntStream.range(0, 20_000)
                .mapToObj(
                    i ->
                        ChainGenerator.generate(SplitMix64.of(7, i)).stream()
                            .map(Calculation::text)
                            .toList())
                .toList());
  }

  @Test
  void stepCounts() {
    assertClose("steps", 1);
  }

  @Test
  void operations() {
    assertClose("operation", 4);
  }

  @Test
  void operationPairs() {
    assertClose("operation pair", 2.5);
  }

  @Test
  void numbers() {
    assertClose("number", 6.5);
  }

  @Test
  void lengthsAndForms() {
    assertClose("operand", 4);
    assertClose("step", 5);
  }

  private static void assertClose(String group, double points) {
    gsm8k
        .shares
        .get(group)
        .forEach(
            (name, share) ->
                assertEquals(
                    share,
                    generated.shares.get(group).getOrDefault(name, 0.0),
                    points,
                    group + " " + name));
  }

  /** Shares in per cent of problems, of steps or of operands, by group and name. */
  private static final class Statistics {
    final Map<String, Map<String, Double>> shares = new TreeMap<>();
    private final List<List<CalculationText>> chains;

    Statistics(List<List<String>> problems) {
      chains = problems.stream().map(p -> p.stream().map(CalculationText::read).toList()).toList();
      double steps = chains.stream().mapToInt(List::size).sum();
      double operands =
          chains.stream().flatMap(List::stream).mapToInt(s -> s.operands().size()).sum();
      for (List<CalculationText> chain : chains) {
        add("steps", Integer.toString(chain.size()), chains.size());
        Set<String> seen = new HashSet<>();
        String operators = String.join("", chain.stream().map(CalculationText::operators).toList());
        for (int i = 0; i < operators.length(); i++) {
          if (seen.add(operators.substring(i, i + 1))) {
            add("operation", operators.substring(i, i + 1), chains.size());
          }
          if (i > 0 && seen.add(operators.substring(i - 1, i + 1))) {
            add("operation pair", operators.substring(i - 1, i + 1), chains.size());
          }
        }
        Set<BigDecimal> numbers = new HashSet<>();
        BigDecimal previous = null;
        for (CalculationText step : chain) {
          numbers.addAll(step.numbers());
          form(step, previous, steps);
          step.operands().forEach(o -> operand(o, operands));
          previous = step.result();
        }
        numbers.stream()
            .filter(n -> n.scale() <= 0)
            .forEach(n -> add("number", n.toPlainString(), chains.size()));
      }
    }

    private void form(CalculationText step, BigDecimal previous, double steps) {
      if (previous != null && step.operands().contains(previous)) {
        add("step", "uses the previous result", steps);
      }
      if (step.operands().size() > 2) {
        add("step", "has more than two operands", steps);
      }
      if (step.result() != null && step.result().scale() > 0) {
        add("step", "has a result with decimals", steps);
      }
      boolean fraction = step.operators().contains("/") && step.operators().contains("*");
      boolean percentage = fraction && step.operands().contains(new BigDecimal("1E+2"));
      if (percentage || step.operands().contains(new BigDecimal("0.01"))) {
        add("step", "takes a percentage", steps);
      }
    }

    private void operand(BigDecimal n, double operands) {
      if (n.scale() > 0) {
        add("operand", "has decimals", operands);
      } else {
        int digits = n.precision() - n.scale();
        add("operand", digits < 5 ? digits + " digits" : "5 digits or more", operands);
        if (digits > 1 && n.scale() < 0) {
          add("operand", "ends in 0", operands);
        }
      }
    }

    private void add(String group, String name, double total) {
      shares.computeIfAbsent(group, g -> new TreeMap<>()).merge(name, 100 / total, Double::sum);
    }
  }
}
