package io.saenative.data.synthetic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.data.Activations;
import io.saenative.data.synthetic.PlantedTruth.Kind;
import io.saenative.data.synthetic.PlantedTruth.PlantedDirection;
import io.saenative.tensor.DType;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

class SyntheticDataTest {
  private static final SyntheticData DATA = SyntheticData.generate();
  private static final List<PlantedDirection> DIRECTIONS = DATA.truth().directions();

  private static final Set<String> NAMES =
      Set.copyOf(DATA.truth().labelled().stream().map(PlantedDirection::concept).toList());

  @Test
  void hasTheExperimentsShape() {
    assertEquals(5978, DATA.train().rows());
    assertEquals(1495, DATA.validation().rows());
    for (Activations activations : List.of(DATA.train(), DATA.validation())) {
      assertEquals(2048, activations.dIn());
      assertEquals(DType.F32, activations.x().dtype());
      assertEquals(activations.rows(), activations.labels().size());
      assertTrue(activations.source().synthetic());
      assertEquals(Optional.empty(), activations.site());
    }
    assertEquals("synthetic_0", DATA.train().labels().getFirst().problemId());
    assertEquals("synthetic_5978", DATA.validation().labels().getFirst().problemId());
  }

  /**
   * The same on every machine. A change of these digests is a change of the data set: calibrate it
   * again.
   */
  @Test
  void hasItsBits() {
    assertEquals(
        "05b20970643ab14f86615b9b772534f581680675a6c312e610e38e14c12e80d1",
        DATA.train().source().sha256());
    assertEquals(
        "69a806b9118d365f79f43ad499672662942f40ea6c76db3f4b5a70c08b639604",
        DATA.validation().source().sha256());
  }

  @Test
  void doesNotDependOnTheNumberOfThreads() throws ExecutionException, InterruptedException {
    for (int threads : new int[] {1, 3}) {
      try (ForkJoinPool pool = new ForkJoinPool(threads)) {
        SyntheticData other = pool.submit(SyntheticData::generate).get();
        assertTrue(DATA.train().x().sameBits(other.train().x()));
        assertTrue(DATA.validation().x().sameBits(other.validation().x()));
        assertEquals(DATA.train().labels(), other.train().labels());
        assertEquals(DATA.validation().labels(), other.validation().labels());
        for (int j = 0; j < DIRECTIONS.size(); j++) {
          assertArrayEquals(
              DIRECTIONS.get(j).direction(), other.truth().directions().get(j).direction());
          assertEquals(
              DIRECTIONS.get(j).trainRows(), other.truth().directions().get(j).trainRows());
        }
      }
    }
  }

  @Test
  void hasThePublishedVariance() {
    double[] x = DATA.validation().x().toDoubles();
    double sum = 0;
    double squared = 0;
    for (double e : x) {
      sum += e;
      squared += e * e;
    }
    double variance = (squared - sum * sum / x.length) / (x.length - 1);
    assertEquals(0.43, variance, 0.005);
  }

  /**
   * Var(x) = that of the column means + that around them; the second is background, noise and
   * planted directions.
   */
  @Test
  void isMadeOfItsParts() {
    int n = DATA.train().rows();
    int d = DATA.train().dIn();
    float[] x = DATA.train().x().data().toArray(ValueLayout.JAVA_FLOAT);
    double[] mean = columnMeans(x, n, d);
    double around = 0;
    for (int i = 0; i < x.length; i++) {
      around += (x[i] - mean[i % d]) * (x[i] - mean[i % d]) / x.length;
    }
    double planted = 0;
    for (PlantedDirection direction : DIRECTIONS) {
      double f = direction.trainRows().cardinality() / (double) n;
      double unit = ActivationModel.STRENGTH;
      planted +=
          unit
              * unit
              * (20 * f - 16 * f * f)
              / d; // a Gamma(4) strength s has E s² = 20 and E s = 4
    }
    // The sum over directions leaves out what concepts that come together add: 2 % of the whole.
    assertEquals(
        ActivationModel.BACKGROUND + ActivationModel.NOISE + planted, around, 0.02 * around);
  }

  @Test
  void directionsAreOfUnitLengthAndNearlyOrthogonal() {
    for (int i = 0; i < DIRECTIONS.size(); i++) {
      float[] a = DIRECTIONS.get(i).direction();
      assertEquals(1, dot(a, 0, a), 1e-6);
      for (int j = 0; j < i; j++) {
        // Six standard deviations, 1/√2048 each, of the cosine of two random directions.
        assertEquals(0, dot(a, 0, DIRECTIONS.get(j).direction()), 6 / Math.sqrt(2048));
      }
    }
  }

  /**
   * Rows with and without it differ by the mean strength, 4 units; on fewer than twenty rows chance
   * could hide it.
   */
  @Test
  void directionsArePresentOnTheirRowsAlone() {
    Activations set = DATA.validation();
    int d = set.dIn();
    float[] x = set.x().data().toArray(ValueLayout.JAVA_FLOAT);
    for (PlantedDirection direction : DIRECTIONS) {
      BitSet rows = direction.validationRows();
      double present = 0;
      double absent = 0;
      double squared = 0;
      for (int row = 0; row < set.rows(); row++) {
        double projection = dot(x, row * d, direction.direction());
        squared += rows.get(row) ? projection * projection : 0;
        present += rows.get(row) ? projection : 0;
        absent += rows.get(row) ? 0 : projection;
      }
      int count = rows.cardinality();
      if (count >= 20) {
        double mean = present / count;
        double gap = mean - absent / (set.rows() - count);
        double error = Math.sqrt((squared / count - mean * mean) / count);
        assertEquals(4 * ActivationModel.STRENGTH, gap, 5 * error, direction.concept());
      }
    }
  }

  @Test
  void labelledDirectionsFollowTheText() {
    for (boolean train : new boolean[] {true, false}) {
      Activations set = train ? DATA.train() : DATA.validation();
      for (int row = 0; row < set.rows(); row++) {
        Set<String> expected = concepts(set.labels().get(row).cotSequence());
        Set<String> planted = new HashSet<>();
        for (PlantedDirection direction : DATA.truth().labelled()) {
          if ((train ? direction.trainRows() : direction.validationRows()).get(row)) {
            planted.add(direction.concept());
          }
        }
        expected.retainAll(NAMES);
        assertEquals(expected, planted, set.labels().get(row)::toString);
      }
    }
  }

  @Test
  void unlabelledDirectionsHaveLogUniformFrequencies() {
    List<PlantedDirection> unlabelled =
        DIRECTIONS.stream().filter(p -> p.kind() == Kind.UNLABELLED).toList();
    int n = DATA.train().rows();
    for (int j = 0; j < unlabelled.size(); j++) {
      double f = 0.5 * Math.pow(0.004, j / (unlabelled.size() - 1.0));
      assertEquals(
          f,
          unlabelled.get(j).trainRows().cardinality() / (double) n,
          5 * Math.sqrt(f * (1 - f) / n));
    }
    assertFalse(DATA.truth().labelled().stream().anyMatch(p -> p.kind() == Kind.UNLABELLED));
  }

  /** Concept names, read from the text alone. */
  private static Set<String> concepts(List<String> cotSequence) {
    Set<String> concepts = new HashSet<>();
    StringBuilder operators = new StringBuilder();
    for (String text : cotSequence) {
      CalculationText step = CalculationText.read(text);
      operators.append(step.operators());
      for (BigDecimal number : step.numbers()) {
        concepts.add("number " + number.toPlainString());
      }
    }
    for (int i = 0; i < operators.length(); i++) {
      concepts.add(name(operators.charAt(i)));
      if (i > 0) {
        concepts.add(name(operators.charAt(i - 1)) + " then " + name(operators.charAt(i)));
      }
    }
    concepts.add(cotSequence.size() + (cotSequence.size() == 1 ? " step" : " steps"));
    return concepts;
  }

  private static String name(char operator) {
    return switch (operator) {
      case '+' -> "addition";
      case '-' -> "subtraction";
      case '*' -> "multiplication";
      default -> "division";
    };
  }

  private static double[] columnMeans(float[] x, int n, int d) {
    double[] mean = new double[d];
    for (int i = 0; i < x.length; i++) {
      mean[i % d] += x[i] / (double) n;
    }
    return mean;
  }

  private static double dot(float[] x, int from, float[] direction) {
    double sum = 0;
    for (int i = 0; i < direction.length; i++) {
      sum += (double) x[from + i] * direction[i];
    }
    return sum;
  }
}
