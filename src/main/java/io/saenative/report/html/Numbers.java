package io.saenative.report.html;

import java.util.Locale;

/** Numbers as the report shows them; what is not known is a dash. */
final class Numbers {
  static final String UNKNOWN = "–";

  private Numbers() {}

  static String count(double count) {
    return Double.isNaN(count) ? UNKNOWN : String.format(Locale.ROOT, "%,.0f", count);
  }

  /** A share as a percentage with two decimals. */
  static String percent(double share) {
    return decimals(100 * share, 2);
  }

  static String decimals(double number, int digits) {
    return Double.isNaN(number) ? UNKNOWN : String.format(Locale.ROOT, "%." + digits + "f", number);
  }

  static String decimals(Double number, int digits) {
    return number == null ? UNKNOWN : decimals(number.doubleValue(), digits);
  }
}
