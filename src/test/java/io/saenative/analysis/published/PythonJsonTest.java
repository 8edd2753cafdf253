package io.saenative.analysis.published;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonJsonTest {
  /** Right column: what CPython's repr prints. */
  @ParameterizedTest
  @CsvSource({
    "0, 0.0",
    "-0.0, -0.0",
    "1, 1.0",
    "100, 100.0",
    "53.333333333333336, 53.333333333333336",
    "0.0006688963039778173, 0.0006688963039778173",
    "1e-4, 0.0001",
    "1e-5, 1e-05",
    "-1.5e-7, -1.5e-07",
    "1e15, 1000000000000000.0",
    "1e16, 1e+16",
    "1.25e22, 1.25e+22",
    "1e-300, 1e-300"
  })
  void floatsAreWrittenAsPythonDoes(double value, String repr) {
    assertEquals(repr, PythonJson.repr(value));
  }

  @Property
  void everyFiniteFloatComesBackUnchanged(@ForAll double value) {
    assertEquals(value, Double.parseDouble(PythonJson.repr(value)));
  }

  @Test
  void layoutIsThatOfJsonDumpWithIndentTwo() {
    assertEquals(
        "{\n  \"a\": [\n    1,\n    \"\\u00d7\"\n  ]\n}",
        PythonJson.write(Map.of("a", List.of(1, "×"))));
    assertEquals("{\n  \"a\": []\n}", PythonJson.write(Map.of("a", List.of())));
  }

  @Test
  void whatIsNoNumberIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> PythonJson.repr(Double.NaN));
  }
}
