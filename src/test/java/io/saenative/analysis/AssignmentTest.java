package io.saenative.analysis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AssignmentTest {
  @Test
  void greedyWouldBeWrong() {
    double[][] weight = {{0.9, 0.8}, {0.85, 0.1}};
    assertArrayEquals(new int[] {1, 0}, Assignment.largest(weight), "0.8 + 0.85 beats 0.9 + 0.1");
  }

  /** Few distinct weights, so that there are many ties. */
  @Property
  void noOtherAssignmentWeighsMore(
      @ForAll @IntRange(min = 0, max = 5) int rows,
      @ForAll @IntRange(min = 0, max = 2) int more,
      @ForAll long seed,
      @ForAll boolean coarse) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] weight = new double[rows][rows + more];
    for (double[] row : weight) {
      Arrays.setAll(row, j -> coarse ? random.nextInt(4) : random.nextDouble() - 0.5);
    }
    int[] columnOf = Assignment.largest(weight);
    assertEquals(rows, Arrays.stream(columnOf).distinct().count());
    double total = IntStream.range(0, rows).mapToDouble(row -> weight[row][columnOf[row]]).sum();
    assertEquals(best(weight, 0, new boolean[rows + more]), total, 1e-12);
  }

  private static double best(double[][] weight, int row, boolean[] taken) {
    if (row == weight.length) {
      return 0;
    }
    double best = Double.NEGATIVE_INFINITY;
    for (int column = 0; column < taken.length; column++) {
      if (!taken[column]) {
        taken[column] = true;
        best = Math.max(best, weight[row][column] + best(weight, row + 1, taken));
        taken[column] = false;
      }
    }
    return best;
  }

  /** A hidden permutation at the home experiment's size. */
  @Test
  void findsAPermutationOfFourHundredAmongFiveHundredAndTwelve() {
    SplittableRandom random = new SplittableRandom(3);
    int[] hidden = IntStream.range(0, 400).map(i -> (i * 201 + 17) % 512).toArray();
    double[][] weight = new double[400][512];
    for (int row = 0; row < 400; row++) {
      Arrays.setAll(weight[row], j -> 0.1 * random.nextDouble());
      weight[row][hidden[row]] += 0.5;
    }
    assertArrayEquals(hidden, Assignment.largest(weight));
  }

  @Test
  void moreRowsThanColumnsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Assignment.largest(new double[2][1]));
  }
}
