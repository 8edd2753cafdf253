package io.saenative.data.synthetic;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One step as read from its text alone: what the generated chains and GSM8K's are judged by.
 *
 * @param operators of the left side, from left to right
 * @param operands numbers of the left side
 * @param result null if the right side is no number
 */
record CalculationText(String operators, List<BigDecimal> operands, BigDecimal result) {
  private static final Pattern NUMBER = Pattern.compile("\\d+\\.?\\d*|\\.\\d+");

  static CalculationText read(String step) {
    int equals = step.lastIndexOf('=');
    String left = step.substring(0, equals);
    List<BigDecimal> operands = new ArrayList<>();
    Matcher m = NUMBER.matcher(left);
    while (m.find()) {
      operands.add(number(m.group()));
    }
    String right = step.substring(equals + 1);
    boolean isNumber = NUMBER.matcher(right).matches();
    return new CalculationText(
        left.replaceAll("[\\d.()]|^-", ""), List.copyOf(operands), isNumber ? number(right) : null);
  }

  /** From left to right, exact; the operators must not need precedence. */
  BigDecimal evaluate() {
    BigDecimal dividend = operands.getFirst();
    BigDecimal divisor = BigDecimal.ONE;
    for (int i = 1; i < operands.size(); i++) {
      BigDecimal next = operands.get(i);
      switch (operators.charAt(i - 1)) {
        case '+' -> dividend = dividend.add(next);
        case '-' -> dividend = dividend.subtract(next);
        case '*' -> dividend = dividend.multiply(next);
        default -> divisor = divisor.multiply(next);
      }
    }
    return dividend.divide(divisor).stripTrailingZeros();
  }

  Calculation.Form kind() {
    return switch (operators
        .chars()
        .distinct()
        .mapToObj(Character::toString)
        .reduce("", String::concat)) {
      case "+" -> Calculation.Form.ADDITION;
      case "-" -> Calculation.Form.SUBTRACTION;
      case "*" -> Calculation.Form.MULTIPLICATION;
      case "/" -> Calculation.Form.DIVISION;
      case "/*", "*/" -> Calculation.Form.FRACTION;
      case "" -> Calculation.Form.GIVEN;
      default -> throw new IllegalArgumentException("mixed operators " + operators);
    };
  }

  List<BigDecimal> numbers() {
    List<BigDecimal> numbers = new ArrayList<>(operands);
    if (result != null) {
      numbers.add(result);
    }
    return numbers;
  }

  private static BigDecimal number(String text) {
    return new BigDecimal(text.endsWith(".") ? text + "0" : text).stripTrailingZeros();
  }
}
