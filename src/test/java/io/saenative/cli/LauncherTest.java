package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LauncherTest {

  @ParameterizedTest
  @CsvSource({
    "25, 25",
    "25.0.3, 25",
    "26-ea, 26",
    "1.8, 8",
    "1.8.0_452, 8",
    "1, 1",
    "17.0.15+6, 17",
    "ea, 0",
    "'', 0",
    ".5, 0"
  })
  void readsTheFeatureRelease(String version, int feature) {
    assertEquals(feature, Launcher.feature(version));
  }

  @Test
  void noneIsNewEnoughForTheFarFuture() {
    assertNull(Launcher.newerJava(1000));
  }
}
