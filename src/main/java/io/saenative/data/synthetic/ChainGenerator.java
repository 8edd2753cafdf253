package io.saenative.data.synthetic;

import java.util.ArrayList;
import java.util.List;

/**
 * Draws one chain of calculations step by step: its length, each step's kind given the kind before,
 * where each operand comes from, and fresh numbers, all by {@link Gsm8kTables}. A step whose
 * numbers do not come out (a division with a remainder or of a number by itself, a difference not
 * above 0) is drawn again with the same kind, so the kinds follow their tables exactly and the
 * numbers nearly.
 */
final class ChainGenerator {
  private static final int PREVIOUS = 0;
  private static final int RECALLED = 1;
  private static final int SOURCES = 3;

  private static final long LARGEST = 1_000_000 * Step.UNIT;

  /** Share of otherwise good steps kept when the result has decimals, which GSM8K avoids. */
  private static final double KEEP_DECIMAL_RESULT = 0.1;

  private final SplitMix64 random;
  private final List<Step> steps = new ArrayList<>();
  private final List<Long> operands = new ArrayList<>();

  private ChainGenerator(SplitMix64 random) {
    this.random = random;
  }

  static List<Step> generate(SplitMix64 random) {
    ChainGenerator chain = new ChainGenerator(random);
    int count = Gsm8kTables.STEP_COUNT.draw(random);
    StepKind kind = null;
    for (int i = 0; i < count; i++) {
      kind = StepKind.ALL[kindTable(kind, i, count).draw(random)];
      chain.add(chain.step(kind));
    }
    return chain.steps;
  }

  private static Categorical kindTable(StepKind before, int i, int count) {
    if (i == 0) {
      return count == 1 ? Gsm8kTables.ONLY_KIND : Gsm8kTables.FIRST_KIND;
    }
    return (i == count - 1 ? Gsm8kTables.LAST_KIND : Gsm8kTables.NEXT_KIND)[before.ordinal()];
  }

  private void add(Step step) {
    steps.add(step);
    for (long operand : step.operands()) {
      operands.add(operand);
    }
  }

  /** Ends: every kind may draw fresh numbers alone, which often come out. */
  private Step step(StepKind kind) {
    Step step = null;
    while (step == null) {
      step = attempt(kind);
    }
    return step;
  }

  /** A step of the kind, or null if its numbers do not come out. */
  private Step attempt(StepKind kind) {
    return switch (kind) {
      case ADDITION -> accept(kind, numbers(kind, FreshNumber.ADDEND, FreshNumber.ADDEND));
      case SUBTRACTION -> accept(kind, numbers(kind, FreshNumber.MINUEND, FreshNumber.SUBTRAHEND));
      case MULTIPLICATION ->
          accept(kind, numbers(kind, FreshNumber.MULTIPLICAND, FreshNumber.MULTIPLIER));
      case DIVISION -> accept(kind, numbers(kind, FreshNumber.DIVIDEND, FreshNumber.DIVISOR));
      case FRACTION -> fraction();
      case GIVEN -> given(FreshNumber.GIVEN.draw(random));
    };
  }

  private long[] numbers(StepKind kind, FreshNumber first, FreshNumber second) {
    long[] numbers = new long[2 + Gsm8kTables.MORE_OPERANDS[kind.ordinal()].draw(random)];
    int sources =
        steps.isEmpty()
            ? SOURCES * SOURCES - 1
            : Gsm8kTables.OPERAND_SOURCES[kind.ordinal()].draw(random);
    numbers[0] = number(sources / SOURCES, first);
    numbers[1] = number(sources % SOURCES, second);
    for (int i = 2; i < numbers.length; i++) {
      numbers[i] = number(source(Gsm8kTables.FURTHER_SOURCE), second);
    }
    return numbers;
  }

  private int source(Categorical table) {
    return steps.isEmpty() ? SOURCES - 1 : table.draw(random);
  }

  private long number(int source, FreshNumber fresh) {
    return switch (source) {
      case PREVIOUS -> steps.getLast().result();
      case RECALLED -> recalled();
      default -> fresh.draw(random);
    };
  }

  /** A result before the previous one, or any operand so far. */
  private long recalled() {
    boolean result = steps.size() > 1 && random.nextDouble() <= Gsm8kTables.RECALLED_RESULT;
    return result
        ? steps.get(random.nextInt(steps.size() - 1)).result()
        : operands.get(random.nextInt(operands.size()));
  }

  /** From left to right with one operator. */
  private Step accept(StepKind kind, long[] numbers) {
    long result = numbers[0];
    for (int i = 1; i < numbers.length; i++) {
      long next = numbers[i];
      long product = result * next;
      result =
          switch (kind) {
            case ADDITION -> result + next;
            case SUBTRACTION -> result - next;
            case MULTIPLICATION -> product % Step.UNIT == 0 ? product / Step.UNIT : 0;
            default ->
                result * Step.UNIT % next == 0 && result != next ? result * Step.UNIT / next : 0;
          };
      if (result <= 0 || result > LARGEST) {
        return null;
      }
    }
    return finished(numbers, kind.operator().repeat(numbers.length - 1), result);
  }

  private Step fraction() {
    int i = Gsm8kTables.FRACTION.draw(random);
    long p = Gsm8kTables.NUMERATORS[i];
    long q = Gsm8kTables.DENOMINATORS[i];
    long whole = number(source(Gsm8kTables.WHOLE_SOURCE), FreshNumber.WHOLE);
    boolean first = random.nextDouble() <= Gsm8kTables.FRACTION_FIRST;
    if (p * whole % q != 0) {
      return null;
    }
    long[] numbers = first ? new long[] {p, q, whole} : new long[] {whole, p, q};
    return finished(numbers, first ? "/*" : "*/", p * whole / q);
  }

  private Step finished(long[] numbers, String operators, long result) {
    boolean kept = Step.isWhole(result) || random.nextDouble() <= KEEP_DECIMAL_RESULT;
    return kept ? new Step(numbers, operators, result) : null;
  }

  private static Step given(long number) {
    return new Step(new long[] {number}, "", number);
  }
}
