package io.saenative.sae.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.sae.SaeConfig;
import io.saenative.sae.Selection;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SelectTopKTest {
  /** A row and how many of it to select. */
  record Row(double[] z, int k, Selection selection) {
    double key(int j) {
      return selection == Selection.ABS ? Math.abs(z[j]) : z[j];
    }

    Forward.Selected select() {
      Forward.Selected out = Forward.Selected.empty(1, k);
      SaeConfig c = new SaeConfig(1, z.length, k, selection, false);
      Forward.selectTopK(c, z, 0, new double[z.length], out, 0);
      return out;
    }
  }

  @Provide
  Arbitrary<Row> rows() {
    Arbitrary<Double> distinct = Arbitraries.doubles().between(-100, 100);
    Arbitrary<Double> tied = Arbitraries.integers().between(-2, 2).map(Integer::doubleValue);
    Arbitrary<Double> zeros = Arbitraries.of(0.0, -0.0);
    Arbitrary<Double> sharedLeadingBits =
        Arbitraries.integers().between(0, 40).map(i -> 1 + i * Math.ulp(1.0));
    Arbitrary<Double> extreme =
        Arbitraries.of(
            Double.MIN_VALUE, -Double.MIN_VALUE, Double.MAX_VALUE, -Double.MAX_VALUE, -0.0);
    Arbitrary<double[]> z =
        Arbitraries.oneOf(
            distinct.array(double[].class).ofMinSize(1).ofMaxSize(70),
            tied.array(double[].class).ofMinSize(1).ofMaxSize(70),
            zeros.array(double[].class).ofMinSize(1).ofMaxSize(70),
            sharedLeadingBits.array(double[].class).ofMinSize(1).ofMaxSize(70),
            Arbitraries.oneOf(tied, zeros, extreme)
                .array(double[].class)
                .ofMinSize(1)
                .ofMaxSize(70));
    return Combinators.combine(
            z, Arbitraries.doubles().between(0, 1), Arbitraries.of(Selection.class))
        .as(
            (a, share, selection) ->
                new Row(a, 1 + (int) Math.round(share * (a.length - 1)), selection));
  }

  /** The rule itself, by sorting the indices with it. */
  @Property
  void selectsTheLargestKeysAndAmongEqualOnesTheSmallerIndices(@ForAll("rows") Row row) {
    int[] expected =
        IntStream.range(0, row.z.length)
            .boxed()
            .sorted(
                Comparator.<Integer>comparingDouble(
                        j -> -(row.key(j) + 0.0)) // −0 + 0 is +0: the zeros tie
                    .thenComparing(Comparator.naturalOrder()))
            .limit(row.k)
            .mapToInt(Integer::intValue)
            .sorted()
            .toArray();
    assertArrayEquals(expected, row.select().indices());
  }

  @Property
  void theSumOfTheSelectedKeysIsThatOfTheLargest(@ForAll("rows") Row row) {
    double[] keys = IntStream.range(0, row.z.length).mapToDouble(row::key).sorted().toArray();
    double largest = Arrays.stream(keys, keys.length - row.k, keys.length).sorted().sum();
    double selected = Arrays.stream(row.select().indices()).mapToDouble(row::key).sorted().sum();
    assertEquals(largest, selected, 0);
  }

  @Property
  void valuesKeepTheirSignOrPassTheReluAndIndicesAscend(@ForAll("rows") Row row) {
    Forward.Selected s = row.select();
    for (int i = 0; i < row.k; i++) {
      double z = row.z[s.indices()[i]];
      assertEquals(row.selection == Selection.ABS ? z : Math.max(z, 0), s.values()[i], 0);
      assertTrue(i == 0 || s.indices()[i] > s.indices()[i - 1]);
    }
  }

  @Test
  void absKeepsTheSignAndReluCutsIt() {
    double[] z = {0.5, -3, 2, -2, 0};
    Forward.Selected abs = new Row(z, 2, Selection.ABS).select();
    assertArrayEquals(new int[] {1, 2}, abs.indices());
    assertArrayEquals(new double[] {-3, 2}, abs.values());
    Forward.Selected relu = new Row(z, 4, Selection.RELU).select();
    assertArrayEquals(new int[] {0, 2, 3, 4}, relu.indices());
    assertArrayEquals(new double[] {0.5, 2, 0, 0}, relu.values());
  }
}
