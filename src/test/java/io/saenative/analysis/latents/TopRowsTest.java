package io.saenative.analysis.latents;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class TopRowsTest {
  /** Values from −4 to 4: full of ties, also between signs. */
  @Property
  void keepsTheHeadOfTheFullOrder(
      @ForAll List<@IntRange(min = -4, max = 4) Integer> values,
      @ForAll @IntRange(min = 0, max = 9) int capacity) {
    TopRows top = new TopRows(3, capacity);
    List<TopRows.Entry> all = new ArrayList<>();
    for (int row = 0; row < values.size(); row++) {
      top.add(1, row, values.get(row));
      top.add(2, row, 1);
      all.add(new TopRows.Entry(row, values.get(row)));
    }
    all.sort(
        Comparator.comparingDouble((TopRows.Entry e) -> -Math.abs(e.value()))
            .thenComparingInt(TopRows.Entry::row));
    assertEquals(all.subList(0, Math.min(capacity, all.size())), top.of(1));
    assertEquals(List.of(), top.of(0));
  }
}
