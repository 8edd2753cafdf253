package io.saenative.data.synthetic;

/**
 * One calculation, exact. Numbers are in hundredths, so that decimals such as 1.25 are exact too.
 *
 * @param operands from left to right, at least one
 * @param operators the characters between them, of {@code + - * /}; evaluated from left to right
 * @param result what they come to
 */
record Step(long[] operands, String operators, long result) {
  static final long UNIT = 100;

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

  static boolean isWhole(long number) {
    return number % UNIT == 0;
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
