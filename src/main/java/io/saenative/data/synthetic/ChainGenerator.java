package io.saenative.data.synthetic;

import io.saenative.data.SplitMix64;
import io.saenative.data.synthetic.Calculation.Form;
import io.saenative.data.synthetic.Gsm8kTables.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Draws one chain of calculations step by step: its length, each step's form given the form before,
 * where each operand comes from, and fresh numbers, all by {@link Gsm8kTables}. A step whose
 * numbers do not come out (a division with a remainder or of a number by itself, a difference not
 * above 0) is drawn again with the same form, so the forms follow their tables exactly and the
 * numbers nearly.
 */
final class ChainGenerator {
  private static final int PREVIOUS = 0;
  private static final int RECALLED = 1;
  private static final int SOURCES = 3;

  private static final Form[] FORMS = Form.values();

  private static final long LARGEST = 1_000_000 * Calculation.UNIT;

  /** Share of otherwise good steps kept when the result has decimals, which GSM8K avoids. */
  private static final double KEEP_DECIMAL_RESULT = 0.1;

  private final SplitMix64 random;
  private final List<Calculation> steps = new ArrayList<>();
  private final List<Long> operands = new ArrayList<>();

  private ChainGenerator(SplitMix64 random) {
    this.random = random;
  }

  static List<Calculation> generate(SplitMix64 random) {
    ChainGenerator chain = new ChainGenerator(random);
    int count = Gsm8kTables.STEP_COUNT.draw(random);
    Form form = null;
    for (int i = 0; i < count; i++) {
      form = FORMS[formTable(form, i, count).draw(random)];
      Calculation step = chain.step(form);
      chain.steps.add(step);
      for (long operand : step.operands()) {
        chain.operands.add(operand);
      }
    }
    return chain.steps;
  }

  private static Table formTable(@Nullable Form before, int i, int count) {
    if (before == null) {
      return count == 1 ? Gsm8kTables.ONLY_FORM : Gsm8kTables.FIRST_FORM;
    }
    return Gsm8kTables.table(
        i == count - 1 ? Gsm8kTables.LAST_FORM : Gsm8kTables.NEXT_FORM, before);
  }

  /** Ends: every form may draw fresh numbers alone, which often come out. */
  private Calculation step(Form form) {
    Optional<Calculation> step;
    do {
      step = attempt(form);
    } while (step.isEmpty());
    return step.get();
  }

  /** A step of the form; empty if its numbers do not come out. */
  private Optional<Calculation> attempt(Form form) {
    return switch (form) {
      case ADDITION -> accept(form, numbers(form, Part.ADDEND, Part.ADDEND));
      case SUBTRACTION -> accept(form, numbers(form, Part.MINUEND, Part.SUBTRAHEND));
      case MULTIPLICATION -> accept(form, numbers(form, Part.MULTIPLICAND, Part.MULTIPLIER));
      case DIVISION -> accept(form, numbers(form, Part.DIVIDEND, Part.DIVISOR));
      case FRACTION -> fraction();
      case GIVEN -> {
        long number = Part.GIVEN.draw(random);
        yield Optional.of(new Calculation(new long[] {number}, "", number));
      }
    };
  }

  private long[] numbers(Form form, Part first, Part second) {
    long[] numbers = new long[2 + Gsm8kTables.table(Gsm8kTables.MORE_OPERANDS, form).draw(random)];
    int sources =
        steps.isEmpty()
            ? SOURCES * SOURCES - 1
            : Gsm8kTables.table(Gsm8kTables.OPERAND_SOURCES, form).draw(random);
    numbers[0] = number(sources / SOURCES, first);
    numbers[1] = number(sources % SOURCES, second);
    for (int i = 2; i < numbers.length; i++) {
      numbers[i] = number(source(Gsm8kTables.FURTHER_SOURCE), second);
    }
    return numbers;
  }

  private int source(Table table) {
    return steps.isEmpty() ? SOURCES - 1 : table.draw(random);
  }

  private long number(int source, Part fresh) {
    return switch (source) {
      case PREVIOUS -> steps.getLast().result();
      case RECALLED -> recalled();
      default -> fresh.draw(random);
    };
  }

  /** A result before the previous one, or any operand so far. */
  private long recalled() {
    return steps.size() > 1 && Gsm8kTables.RECALLED.draw(random) == 0
        ? steps.get(random.nextInt(steps.size() - 1)).result()
        : operands.get(random.nextInt(operands.size()));
  }

  /** From left to right with one operator. */
  private Optional<Calculation> accept(Form form, long[] numbers) {
    long result = numbers[0];
    for (int i = 1; i < numbers.length; i++) {
      long next = numbers[i];
      result =
          switch (form) {
            case ADDITION -> result + next;
            case SUBTRACTION -> result - next;
            case MULTIPLICATION -> quotient(result * next, Calculation.UNIT);
            default -> result == next ? 0 : quotient(result * Calculation.UNIT, next);
          };
      if (result <= 0 || result > LARGEST) {
        return Optional.empty();
      }
    }
    return finished(numbers, form.operator.repeat(numbers.length - 1), result);
  }

  /** 0 if there is a remainder. */
  private static long quotient(long dividend, long divisor) {
    return dividend % divisor == 0 ? dividend / divisor : 0;
  }

  private Optional<Calculation> fraction() {
    int i = Gsm8kTables.FRACTION.draw(random);
    String[] fraction = Gsm8kTables.FRACTION.outcomes().get(i).split("/", -1);
    long p = Calculation.hundredths(fraction[0]);
    long q = Calculation.hundredths(fraction[1]);
    long whole = number(source(Gsm8kTables.WHOLE_SOURCE), Part.WHOLE);
    boolean first = Gsm8kTables.FRACTION_FORM.draw(random) == 0;
    if (p * whole % q != 0) {
      return Optional.empty();
    }
    long[] numbers = first ? new long[] {p, q, whole} : new long[] {whole, p, q};
    return finished(numbers, first ? "/*" : "*/", p * whole / q);
  }

  private Optional<Calculation> finished(long[] numbers, String operators, long result) {
    boolean whole = result % Calculation.UNIT == 0;
    boolean kept = whole || random.nextDouble() <= KEEP_DECIMAL_RESULT;
    return kept ? Optional.of(new Calculation(numbers, operators, result)) : Optional.empty();
  }

  /** The part that a fresh number plays: one that enters a chain without having occurred in it. */
  private enum Part {
    ADDEND,
    MINUEND,
    SUBTRAHEND,
    MULTIPLICAND,
    MULTIPLIER,
    DIVIDEND,
    DIVISOR,
    /** What a fraction is taken of. */
    WHOLE,
    /** What a step restates. */
    GIVEN;

    private static final int FREQUENT = 24;
    private static final int SHORTEST_RARE = 2;
    private static final int LONGEST_TABLE = 5;

    private final Table table = Gsm8kTables.table("fresh", name().toLowerCase(Locale.ROOT));
    private final long[] frequent =
        table.outcomes().stream().limit(FREQUENT).mapToLong(Calculation::hundredths).toArray();

    /** A number above 0, in hundredths: a frequent one, a rare decimal or a rare whole number. */
    long draw(SplitMix64 random) {
      int i = table.draw(random);
      if (i < FREQUENT) {
        return frequent[i];
      }
      if (i == FREQUENT) {
        Table decimals = Gsm8kTables.DECIMAL;
        return Calculation.hundredths(decimals.outcomes().get(decimals.draw(random)));
      }
      return Calculation.UNIT * rareWhole(i - FREQUENT - 1 + SHORTEST_RARE, random);
    }

    private static long rareWhole(int digits, SplitMix64 random) {
      Table table =
          Gsm8kTables.table("significant_digits", Math.min(digits, LONGEST_TABLE) + " digits");
      int significant = 1 + table.draw(random);
      long number = 1L + random.nextInt(9);
      for (int i = 1; i < digits; i++) {
        int digit =
            i == significant - 1 ? 1 + random.nextInt(9) : i < significant ? random.nextInt(10) : 0;
        number = 10 * number + digit;
      }
      return number;
    }
  }
}
