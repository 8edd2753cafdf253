package io.saenative.data.synthetic;

/** A distribution over 0 … n−1, given by weights of any sum. */
final class Categorical {
  private final double[] cumulative;

  private Categorical(double[] cumulative) {
    this.cumulative = cumulative;
  }

  static Categorical of(double... weights) {
    double[] cumulative = weights.clone();
    for (int i = 1; i < cumulative.length; i++) {
      cumulative[i] += cumulative[i - 1];
    }
    return new Categorical(cumulative);
  }

  int draw(SplitMix64 random) {
    double u = random.nextDouble() * total();
    int i = 0;
    while (cumulative[i] < u) {
      i++;
    }
    return i;
  }

  double probability(int i) {
    return (i == 0 ? cumulative[0] : cumulative[i] - cumulative[i - 1]) / total();
  }

  int size() {
    return cumulative.length;
  }

  private double total() {
    return cumulative[cumulative.length - 1];
  }
}
