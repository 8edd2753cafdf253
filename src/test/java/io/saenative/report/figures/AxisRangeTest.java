package io.saenative.report.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;

class AxisRangeTest {
  @Property
  void allValuesLieWithin(
      @ForAll @NotEmpty List<@DoubleRange(min = -1e6, max = 1e6) Double> values) {
    AxisRange range = AxisRange.around(values.stream().mapToDouble(Double::doubleValue));
    for (double value : values) {
      assertTrue(range.min() <= value && value <= range.max(), () -> value + " in " + range);
    }
    assertTrue(range.min() < range.max(), range::toString);
  }

  @Property
  void decadesHoldAllShares(
      @ForAll @NotEmpty List<@DoubleRange(min = 0.01, max = 1e7) Double> parts) {
    AxisRange range = AxisRange.decades(parts.stream().mapToDouble(part -> part / 1e7));
    for (double part : parts) {
      double share = part / 1e7;
      assertTrue(
          range.min() <= share * (1 + 1e-12) && share <= range.max() * (1 + 1e-12),
          () -> share + " in " + range);
    }
    assertTrue(range.min() < range.max(), range::toString);
  }

  @Test
  void thePublishedFiguresAreNotClipped() {
    AxisRange explained = AxisRange.around(DoubleStream.of(84.92, 86.79, 87.83, 90.18, 91.6));
    assertTrue(explained.min() < 84.92 && explained.max() > 91.6, explained::toString);
    assertEquals(
        new AxisRange(1e-4, 1), AxisRange.decades(DoubleStream.of(0.0007, 0.0174, 0.1237)));
  }

  @Test
  void whatIsNotKnownDoesNotCount() {
    assertEquals(new AxisRange(0, 1), AxisRange.around(DoubleStream.of(Double.NaN)));
    assertEquals(new AxisRange(0, 1), AxisRange.fromZero(DoubleStream.of(Double.NaN, 0)));
    assertEquals(new AxisRange(0.1, 1), AxisRange.decades(DoubleStream.of(0, Double.NaN)));
    assertEquals(new AxisRange(0.1, 1), AxisRange.decades(DoubleStream.of(1)));
  }

  @Test
  void anAxisEndsAtZeroRatherThanPassIt() {
    assertEquals(0, AxisRange.around(DoubleStream.of(0.01, 5)).min());
    assertEquals(0, AxisRange.around(DoubleStream.of(-0.01, -5)).max());
  }
}
