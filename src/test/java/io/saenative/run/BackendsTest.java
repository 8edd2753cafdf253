package io.saenative.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.UserError;
import io.saenative.sae.DeviceBackends;
import io.saenative.sae.Engine;
import io.saenative.sae.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackendsTest {

  @Test
  void autoTakesTheFastestBackendThatRuns() {
    Backends.Choice choice = Backends.choose("auto", 0, Precision.FP32);
    assertEquals(
        Backends.all().stream()
            .filter(Backends.Availability::available)
            .findFirst()
            .orElseThrow()
            .name(),
        choice.engine().name());
    assertTrue(
        Backends.all().stream().anyMatch(b -> b.name().equals("cpu") && b.available()),
        "cpu runs on every build machine");
  }

  @Test
  void whatIsAskedForIsTakenOrRefused() {
    assertEquals("reference", Backends.choose("reference", 0, Precision.FP32).engine().name());
    assertEquals("cpu", Backends.choose("cpu", 1, Precision.FP32).engine().name());
    assertTrue(
        Backends.choose("cpu", 3, Precision.FP32).engine().describe().endsWith(", --threads 3"));
    UserError refusal =
        assertThrows(UserError.class, () -> Backends.choose("tpu", 0, Precision.FP32));
    assertEquals(
        "there is no backend 'tpu': --backend takes auto, cuda, cpu, reference",
        refusal.getMessage());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FP32")
  void anotherPrecisionIsNeverReplacedByFp32(Precision precision) {
    for (String backend : List.of("cpu", "reference")) {
      UserError refusal =
          assertThrows(UserError.class, () -> Backends.choose(backend, 0, precision));
      assertEquals(
          "the %s backend has no precision but fp32: --precision %s needs --backend cuda"
              .formatted(backend, precision),
          refusal.getMessage());
    }
    if (Backends.all().stream().anyMatch(b -> b.name().equals("cuda") && b.available())) {
      Engine engine = Backends.choose("auto", 0, precision).engine();
      assertEquals("cuda", engine.name());
      assertEquals(precision, engine.precision());
    } else {
      UserError refusal =
          assertThrows(UserError.class, () -> Backends.choose("auto", 0, precision));
      String words = "nothing here computes in " + precision + ": no cuda: ";
      assertTrue(refusal.getMessage().startsWith(words), refusal::getMessage);
    }
    Engine simt = DeviceBackends.simt(precision);
    assertEquals(precision, simt.precision());
    assertEquals(DeviceBackends.simt(Precision.FP32).describe(), simt.describe());
    assertEquals(
        "simt: " + simt.describe() + ", " + precision, new Backends.Choice(simt).describe());
  }
}
