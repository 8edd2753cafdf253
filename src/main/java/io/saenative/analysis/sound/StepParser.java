package io.saenative.analysis.sound;

import io.saenative.analysis.latents.Operation;
import io.saenative.analysis.sound.ChainOfThought.MalformedStep.Reason;
import io.saenative.analysis.sound.ChainOfThought.Step;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses one step by recursive descent:
 *
 * <pre>
 *   step    = sum "=" number
 *   sum     = product { ("+" | "-") product }
 *   product = factor { ("*" | "×" | "/" | "÷") factor }
 *   factor  = { "+" | "-" } ( number | "(" sum ")" )
 *   number  = digits, with thousands separators, a decimal point, a percent sign
 * </pre>
 *
 * A minus in front of a number belongs to the number: {@code 71+-3} is one addition, of 71 and -3.
 * Each operation is noted after its operands, which is the order of evaluation: {@code 2+3*5}
 * multiplies, then adds.
 */
final class StepParser {
  private static final Pattern NUMBER =
      Pattern.compile("(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d*)?%?|\\.\\d+%?");
  private static final Pattern SPACE = Pattern.compile("\\s+");

  private final String text;
  private final List<String> numbers = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();
  private int at;

  private StepParser(String text) {
    this.text = text;
  }

  static Step parse(String step) throws MalformedStepException {
    String text = step.chars().allMatch(c -> c > ' ' && c < 0x7f) ? step : plain(step);
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw new MalformedStepException(Reason.NO_EQUALS_SIGN);
    }
    if (equals != text.lastIndexOf('=')) {
      throw new MalformedStepException(Reason.SEVERAL_EQUALS_SIGNS);
    }
    StepParser left = new StepParser(text.substring(0, equals)).parseAll();
    StepParser right = new StepParser(text.substring(equals + 1)).parseAll();
    if (!right.operations.isEmpty() || right.numbers.size() != 1) {
      throw new MalformedStepException(Reason.RESULT_NOT_A_NUMBER);
    }
    return new Step(
        List.copyOf(left.numbers), List.copyOf(left.operations), right.numbers.getFirst());
  }

  private static String plain(String step) {
    return SPACE.matcher(step).replaceAll("").replace('−', '-');
  }

  private StepParser parseAll() throws MalformedStepException {
    sum();
    if (at < text.length()) {
      throw new MalformedStepException(
          switch (text.charAt(at)) {
            case ')' -> Reason.UNBALANCED_PARENTHESES;
            case '(' -> Reason.MISSING_OPERATOR;
            default -> number().lookingAt() ? Reason.MISSING_OPERATOR : Reason.UNKNOWN_CHARACTER;
          });
    }
    return this;
  }

  private void sum() throws MalformedStepException {
    product();
    while (isNext("+-")) {
      boolean plus = text.charAt(at++) == '+';
      product();
      operations.add(plus ? Operation.ADDITION : Operation.SUBTRACTION);
    }
  }

  private void product() throws MalformedStepException {
    factor();
    while (isNext("*×/÷")) {
      boolean times = "*×".indexOf(text.charAt(at++)) >= 0;
      factor();
      operations.add(times ? Operation.MULTIPLICATION : Operation.DIVISION);
    }
  }

  private void factor() throws MalformedStepException {
    boolean negative = false;
    while (isNext("+-")) {
      negative ^= text.charAt(at++) == '-';
    }
    if (isNext("(")) {
      at++;
      sum();
      if (!isNext(")")) {
        throw new MalformedStepException(unexpected(Reason.UNBALANCED_PARENTHESES));
      }
      at++;
      return;
    }
    int end = endOfInteger();
    if (end > at) {
      numbers.add(negative ? "-" + text.substring(at, end) : text.substring(at, end));
      at = end;
      return;
    }
    Matcher number = number();
    if (!number.lookingAt()) {
      throw new MalformedStepException(unexpected(Reason.MISSING_OPERAND));
    }
    numbers.add(normalForm(number.group(), negative));
    at = number.end();
  }

  /** Where a number that is in normal form already ends, as most are; here if there is none. */
  private int endOfInteger() {
    int end = at;
    while (end < text.length()
        && text.charAt(end) >= (end == at ? '1' : '0')
        && text.charAt(end) <= '9') {
      end++;
    }
    return end < text.length() && ".,%".indexOf(text.charAt(end)) >= 0 ? at : end;
  }

  /**
   * The reason if the text ends here or goes on with something that only stands in the wrong place.
   */
  private Reason unexpected(Reason reason) {
    boolean known = at == text.length() || isNext("+-*×/÷()") || number().lookingAt();
    return known ? reason : Reason.UNKNOWN_CHARACTER;
  }

  /** Whether the text goes on with one of some characters. */
  private boolean isNext(String characters) {
    return at < text.length() && characters.indexOf(text.charAt(at)) >= 0;
  }

  private Matcher number() {
    return NUMBER.matcher(text).region(at, text.length());
  }

  /**
   * Equal numbers in one writing: {@code 1,200.50} is 1200.5 and {@code .5} is 0.5; {@code 50%}
   * stays a percentage.
   */
  private static String normalForm(String number, boolean negative) {
    boolean percent = number.endsWith("%");
    String digits = number.replace(",", "").replace("%", "");
    BigDecimal value = new BigDecimal(digits.endsWith(".") ? digits + "0" : digits);
    return (negative ? value.negate() : value).stripTrailingZeros().toPlainString()
        + (percent ? "%" : "");
  }

  /** Says why a step is no calculation; has no stack trace, since it is expected. */
  static final class MalformedStepException extends Exception {
    private final transient Reason reason;

    MalformedStepException(Reason reason) {
      super(reason.name(), null, false, false);
      this.reason = reason;
    }

    Reason reason() {
      return reason;
    }
  }
}
