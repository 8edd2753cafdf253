package io.saenative.analysis.sound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class BenjaminiHochbergTest {
  /**
   * The 15 p of Benjamini and Hochberg (1995), section 4: at level 0.05 the procedure rejects the
   * first four.
   */
  private static final double[] PAPER = {
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
    0.6528, 0.7590, 1.0000
  };

  @Test
  void rejectsWhatThePaperRejects() {
    double[] q = BenjaminiHochberg.adjust(PAPER.clone(), PAPER);
    assertEquals(4, Arrays.stream(q).filter(v -> v < 0.05).count());
    assertEquals(0.0095, BenjaminiHochberg.threshold(PAPER, PAPER.length, 0.05));
    assertArrayEquals(
        new double[] {0.0015, 0.003, 0.0095, 0.035625, 0.0603}, Arrays.copyOf(q, 5), 1e-15);
    assertEquals(1.0, q[14]);
  }

  /** Coarse, so that there are ties. */
  @Provide
  Arbitrary<double[]> someP() {
    return Arbitraries.integers()
        .between(0, 50)
        .map(i -> i / 50.0)
        .array(Double[].class)
        .ofMinSize(1)
        .ofMaxSize(30)
        .map(p -> Arrays.stream(p).mapToDouble(v -> v).toArray());
  }

  @Property
  void adjustsEveryPByItsDefinition(@ForAll("someP") double[] p) {
    double[] q = BenjaminiHochberg.adjust(p.clone(), p);
    for (int i = 0; i < p.length; i++) {
      double expected = 1;
      for (double other : p) {
        long rank = Arrays.stream(p).filter(v -> v <= other).count();
        expected =
            other >= p[i] ? Math.min(expected, other * ((double) p.length / rank)) : expected;
      }
      assertEquals(expected, q[i]);
    }
  }

  @Property
  void thresholdNeedsOnlyTheSmallP(
      @ForAll("someP") double[] p, @ForAll @DoubleRange(min = 0.01, max = 1) double level) {
    double[] q = BenjaminiHochberg.adjust(p.clone(), p);
    double[] small = Arrays.stream(p).filter(v -> v < level).toArray();
    double threshold = BenjaminiHochberg.threshold(small, p.length, level);
    for (int i = 0; i < p.length; i++) {
      assertEquals(q[i] < level, p[i] <= threshold);
    }
  }

  @Test
  void nothingIsSignificantWhereAllPAreLarge() {
    assertEquals(-1, BenjaminiHochberg.threshold(new double[] {0.04, 0.045}, 100, 0.05));
    assertEquals(-1, BenjaminiHochberg.threshold(new double[0], 100, 0.05));
  }
}
