package io.saenative.sae.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.saenative.sae.Evaluation;
import io.saenative.sae.Initialization;
import io.saenative.sae.Optimizer;
import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Codes;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EvaluateTest {
  private static final int ROWS = 53;
  private static final SaeConfig SHAPE = new SaeConfig(7, 40, 11, Selection.ABS, false);

  /** Columns lie far from 0, where differences of large sums would lose digits. */
  @ParameterizedTest
  @EnumSource(Selection.class)
  void theSumsAndTheFourExplainedVariancesAreThoseOfTheirDefinitions(Selection selection) {
    SaeConfig c = new SaeConfig(SHAPE.dIn(), SHAPE.dSae(), SHAPE.k(), selection, true);
    double[][] x = new double[ROWS][c.dIn()];
    Tensor data = Tensor.of(new double[ROWS * c.dIn()], ROWS, c.dIn());
    Random random = new Random(6);
    for (int i = 0; i < ROWS * c.dIn(); i++) {
      data.set(i, x[i / c.dIn()][i % c.dIn()] = 100 * (1 + i % c.dIn()) + random.nextGaussian());
    }
    ReferenceEngine engine = new ReferenceEngine();
    Session s = engine.open(c, Optimizer.adam(1e-3, 8));
    s.setState(State.PARAMETERS, Initialization.torchLinear(c, 2));
    s.setData(Split.VALIDATION, engine.load(data));
    Codes codes = s.encodeTopK(data);
    Tensor xHat = s.decodeSparse(codes);
    double[][] e = new double[ROWS][c.dIn()];
    for (int i = 0; i < ROWS * c.dIn(); i++) {
      e[i / c.dIn()][i % c.dIn()] = x[i / c.dIn()][i % c.dIn()] - xHat.get(i);
    }
    Evaluation v = s.evaluate(Split.VALIDATION);

    double elements = ROWS * c.dIn();
    assertClose(squaresAboutColumnMeans(x), v.x().columnDeviation());
    assertClose(squaresAboutColumnMeans(e), v.error().columnDeviation());
    assertClose(squaresAbout(e, 0) / elements, v.loss());
    assertClose(1 - squaresAbout(e, mean(e)) / squaresAbout(x, mean(x)), v.evGlobal());
    assertClose(1 - squaresAboutColumnMeans(e) / squaresAboutColumnMeans(x), v.evPerDimension());
    assertClose(1 - squaresAbout(e, 0) / squaresAboutColumnMeans(x), v.evR2());
    double ratios = 0;
    for (int r = 0; r < ROWS; r++) {
      double error = 0;
      double deviation = 0;
      for (int i = 0; i < c.dIn(); i++) {
        error += e[r][i] * e[r][i];
        deviation += Math.pow(x[r][i] - columnMean(x, i), 2);
      }
      ratios += 1 - error / deviation;
    }
    assertClose(ratios / ROWS, v.evMeanOfRatios());

    long[] firings = new long[c.dSae()];
    double absValues = 0;
    for (int i = 0; i < codes.indices().size(); i++) {
      firings[(int) codes.indices().get(i)] += codes.values().get(i) != 0 ? 1 : 0;
      absValues += Math.abs(codes.values().get(i));
    }
    assertArrayEquals(firings, v.firingCount());
    assertClose(absValues, v.absValueSum());
  }

  private static void assertClose(double expected, double actual) {
    assertEquals(expected, actual, 1e-12 * Math.abs(expected));
  }

  private static double mean(double[][] a) {
    double sum = 0;
    for (int i = 0; i < a[0].length; i++) {
      sum += columnMean(a, i);
    }
    return sum / a[0].length;
  }

  private static double columnMean(double[][] a, int column) {
    double sum = 0;
    for (double[] row : a) {
      sum += row[column];
    }
    return sum / a.length;
  }

  private static double squaresAbout(double[][] a, double center) {
    double squares = 0;
    for (double[] row : a) {
      for (double v : row) {
        squares += (v - center) * (v - center);
      }
    }
    return squares;
  }

  private static double squaresAboutColumnMeans(double[][] a) {
    double squares = 0;
    for (int i = 0; i < a[0].length; i++) {
      double mean = columnMean(a, i);
      for (double[] row : a) {
        squares += (row[i] - mean) * (row[i] - mean);
      }
    }
    return squares;
  }
}
